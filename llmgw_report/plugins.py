"""Finds plug-ins by their file name: what lies in a package is what there is, and nothing registers itself.

`error_ratio.py` is the check `error-ratio`; the folder `llm-gateway` with a `gateway.toml` is the
gateway `llm-gateway`; a name that begins with `_` is a helper. Names are listed without importing
anything, so that `--help` stays cheap; entry points would cost more than importing every check.
"""

from functools import cache
from importlib import import_module
from os import scandir
from types import ModuleType

from llmgw_report import __path__

HERE = __path__[0]


@cache
def modules(package: str) -> tuple[str, ...]:
    """Plug-in names of `llmgw_report.<package>`, kebab-case, sorted."""
    files = (file.name for file in scandir(f"{HERE}/{package}"))
    names = (name.removesuffix(".py") for name in files if name.endswith(".py") and not name.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in names))


@cache
def load(package: str, name: str) -> ModuleType:
    """Import the module of a plug-in by its name."""
    return import_module(f"llmgw_report.{package}.{name.replace('-', '_')}")


def folders(package: str, marker: str) -> tuple[str, ...]:
    """Folder names in `llmgw_report.<package>` that hold the file `marker`, sorted."""
    from pathlib import Path  # `--help` does without

    found = (file.parent.name for file in Path(HERE, package).glob(f"*/{marker}"))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def nearest(word: str, known: tuple[str, ...]) -> str:
    """A hint naming the known word closest to a mistyped one, or all of them if none is close."""
    from difflib import get_close_matches  # only a mistyped word pays for it

    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
