"""The package as its wheel installs it, made without a build, and as a checkout has it."""

from pathlib import Path
from shutil import copytree, ignore_patterns

from llmgw_report import installation
from llmgw_report.gateways import bundled
from llmgw_report.renderers._templates import compile_templates
from tests.process import CHECKOUT


def install(folder: Path) -> Path:
    """The package in this folder, with what its build makes."""
    package = folder / "llmgw_report"
    copytree(CHECKOUT / "llmgw_report", package, ignore=ignore_patterns("__pycache__", "*.po"))
    copytree(CHECKOUT / "templates", package / "templates")
    copytree(CHECKOUT / "examples" / "unhealthy", package / "demo", ignore=ignore_patterns("report.*", "README.md"))
    (made := folder / "made").mkdir()
    compile_templates(made)
    bundled.write(made)
    made.rename(package / installation.COMPILED)
    record(package)
    return package


def checkout(folder: Path, *more: str) -> Path:
    """A checkout in this folder: the package, what makes a wheel of it, and more of its folders."""
    for name in ("llmgw_report", "tools", *more):
        copytree(CHECKOUT / name, folder / name, ignore=ignore_patterns("__pycache__"))
    return folder


def record(package: Path) -> None:
    """Record the files of the package as they are."""
    files = {str(file.relative_to(package)): file.read_bytes() for file in package.rglob("*") if file.is_file()}
    (package / installation.RECORD).write_bytes(installation.record(files))
