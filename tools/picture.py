"""`python -m tools.picture`: pages as a browser shows them, for docs/, and small ones that the tests compare with."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser

from tests.builders import fleet
from tests.system.browser.chromium import PICTURES, opened, page_of, picture, small, started
from tools.fleet.engines import PROMETHEUS, PROMTOOL, missing, prometheus
from tools.golden import EXAMPLES
from tools.temporary import temporary

LOOKS = ("light", "dark", "narrow", "print")
DOCS = Path(__file__).parents[1] / "docs"
README = DOCS / "report.png"
#: Of the README's picture: what is wrong, and the key figures.
README_PIXELS = 560


def main() -> None:
    """Draw them all; few colours, because a page has few and a repository keeps every version."""
    PICTURES.mkdir(exist_ok=True)
    with ExitStack() as stack:
        browser = stack.enter_context(started())
        folder = stack.enter_context(temporary("pictures"))
        for look in LOOKS:
            with opened(browser, look) as page:
                full = picture(page)
            small(full).quantize(64).save(PICTURES / f"{look}.png", optimize=True)
            if look == "light":
                head = full.crop((0, 0, full.width, README_PIXELS))
                head.quantize(128).save(README, optimize=True)
        for name, file in _pages(folder, stack):
            _draw(browser, file, DOCS / "pictures" / f"{name}.png")


def _pages(folder: Path, stack: ExitStack) -> Iterator[tuple[str, Path]]:
    """A report of each kind: what fails, what passes, metrics alone, a fleet, and one that could not be evaluated."""
    for name in ("unhealthy", "healthy", "litellm"):
        yield name, page_of(EXAMPLES / name)
    if lacking := missing(PROMETHEUS, PROMTOOL):
        print(f"no picture of a fleet: {', '.join(lacking)} missing", file=sys.stderr)
    else:
        url = stack.enter_context(prometheus(folder, fleet.exposition()))
        at = datetime.fromtimestamp(fleet.END, UTC).isoformat()
        match = 'job="litellm"'
        yield "fleet", _page(folder / "fleet.html", "--prometheus", url, "--match", match, "--no-db", "--at", at)
    yield "unknown", _page(folder / "unknown.html", "--url", "http://127.0.0.1:9/metrics", "--no-db")


def _page(file: Path, *arguments: str) -> Path:
    """The page of a run of the command, whatever its exit code."""
    command = [sys.executable, "-m", "llmgw_report", "--no-config", *arguments, "-f", "text", "-o", str(file)]
    subprocess.run(command, check=False, capture_output=True)
    return file


def _draw(browser: Browser, file: Path, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    with opened(browser, "light", file) as page:
        full = picture(page)
        used = round(page.evaluate("document.body.getBoundingClientRect().bottom"))
        full.crop((0, 0, full.width, min(full.height, used))).quantize(64).save(to, optimize=True)


if __name__ == "__main__":
    main()
