"""Worked examples and what they must look like: `python -m tools.golden` writes every golden report again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from re import search
from typing import TypeVar

from msgspec import structs

from llmgw_report import messages, plugins, renderers, resources
from llmgw_report.cli import pages
from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.command import command
from llmgw_report.cli.demo import example
from llmgw_report.messages import map_leaves
from llmgw_report.model import timestamp
from llmgw_report.model.report import Input, Report
from llmgw_report.model.run import Clock, Progress
from llmgw_report.pipeline.document import run

EXAMPLES = Path(__file__).parents[1] / "examples"
CONFIGURATION = EXAMPLES / "llmgw-report.toml"
Document = TypeVar("Document")

FORMATS = plugins.modules("renderers")

VERSION = "1.0.0"
RENDERED_MS = timestamp.parse("2026-06-01T00:00:00Z")
MILLISECOND, MEBIBYTE = 0.001, 1 << 20
COLUMNS = 100


class StoppedMachine:
    """Every run is at the same moment, takes no time and the same memory."""

    def __init__(self) -> None:
        self.progress = Progress()

    def now_ms(self) -> int:
        return RENDERED_MS

    def clock(self) -> Clock:
        """Of a machine that does not say when it started."""
        return Clock(now_ms=self.now_ms())

    def utc_offset_seconds(self, _at_ms: int) -> int | None:
        return 8 * 3600

    def elapsed(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nobody waits for a moment that does not pass."""

    def peak_rss_bytes(self) -> int:
        return 32 * MEBIBYTE


def folders(root: Path = EXAMPLES) -> list[Path]:
    """Every folder that has a command line is an example."""
    return sorted(file.parent for file in root.glob("*/arguments.txt"))


def exit_code(folder: Path) -> int:
    """What its README promises in the title: `# Name (exit code 1)`."""
    title = (folder / "README.md").read_text("utf-8").partition("\n")[0]
    found = search(r"\(exit code (\d+)\)$", title)
    assert found, f"{folder.name}/README.md: the title states no exit code: {title}"
    return int(found[1])


def report(folder: Path) -> Report:
    """The example's report without anything that differs from run to run."""
    with _arguments(folder) as typed:
        found = run(settings(typed, {}), VERSION, StoppedMachine())
    tables = tuple(structs.replace(table, elapsed_seconds=MILLISECOND) for table in found.sections.queries)
    timed = structs.replace(
        found,
        inputs=tuple(_timed(one) for one in found.inputs),
        sections=structs.replace(found.sections, queries=tables),
        timings=structs.replace(
            found.timings,
            scrape_seconds=_some(found.timings.scrape_seconds, 2),
            queries=dict.fromkeys(sorted(found.timings.queries), MILLISECOND),
            database_read_seconds=_some(found.timings.database_read_seconds, 5),
            render_seconds=20 * MILLISECOND,
            total_seconds=50 * MILLISECOND,
        ),
    )
    return rounded(timed)


def rounded(document: Document) -> Document:
    """Twelve digits of every fraction: SQLite adds up binary fractions another way in each of its releases."""
    found: Document = map_leaves(document, lambda leaf: float(f"{leaf:.12g}") if isinstance(leaf, float) else leaf)
    return found


def _some(measured: float | None, milliseconds: int) -> float | None:
    return None if measured is None else milliseconds * MILLISECOND


def _timed(one: Input) -> Input:
    """A source that was not read took no time."""
    return structs.replace(one, elapsed_seconds=6 * MILLISECOND) if one.status == "ok" else one


def formats(folder: Path) -> tuple[str, ...]:
    """The formats of an example's golden reports: every one for the demo, one for people and one for programs else."""
    return FORMATS if folder.name == resources.demo().name else ("json", "md")


def documents(found: Report, names: Iterable[str]) -> dict[str, str]:
    """The same report in these formats, by file name; text as a terminal of `COLUMNS` shows it."""
    return {f"report.{name}": renderers.render(found, name, width=lambda: COLUMNS) for name in names}


def translations(folder: Path, found: Report) -> dict[str, str]:
    """The report in other languages, in those formats that there is a file for: `report.zh-CN.md`."""
    names = (search(r"^report\.([\w-]+)\.(\w+)$", file.name) for file in sorted(folder.iterdir()))
    return {name[0]: _translated(found, name[1], name[2]) for name in names if name}


def _translated(found: Report, language: str, form: str) -> str:
    return renderers.render(found, form, messages.load(language), width=lambda: COLUMNS)


@contextmanager
def _arguments(folder: Path) -> Iterator[dict[str, object]]:
    """What click makes of the example's command line, without this machine's environment variables."""
    with example(folder) as arguments:
        yield command.make_context("llmgw-report", arguments, auto_envvar_prefix=None).params


def main() -> None:
    """Write them all, and beside them the configuration file that shows every key."""
    CONFIGURATION.write_text(pages.configuration(), "utf-8")
    for folder in folders():
        found = report(folder)
        for name, text in {**documents(found, formats(folder)), **translations(folder, found)}.items():
            (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
