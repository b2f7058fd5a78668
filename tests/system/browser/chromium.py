"""The system's Chromium, and what a page looks like in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops, ImageFilter, ImageStat
from playwright.sync_api import Browser, Page, sync_playwright

from llmgw_report.renderers import html
from tools.golden import EXAMPLES, report

PAGE = EXAMPLES / "unhealthy" / "report.html"
PICTURES = Path(__file__).parent / "pictures"
PROGRAM = shutil.which("chromium")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
WIDE, NARROW = {"width": 1280, "height": 1600}, {"width": 390, "height": 1600}
#: Of 255: fonts that are drawn in another way stay below it, a style that is not there does not.
TOLERANCE = 8.0
_SCALE = 4
_FOLDER = TemporaryDirectory(prefix="llmgw-report-pages-")


@contextmanager
def started() -> Iterator[Browser]:
    """One browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu", *QUIET])
        yield browser
        browser.close()


@contextmanager
def blank(browser: Browser) -> Iterator[Page]:
    """A page for one document after the other: a page of its own for each takes three times as long to open."""
    context = browser.new_context(bypass_csp=True)  # for axe, which is a script
    yield context.new_page()
    context.close()


@contextmanager
def opened(browser: Browser, look: str, page: Path = PAGE) -> Iterator[Page]:
    """A page as `light`, `dark`, `narrow` or `print` shows it, without any script of its own."""
    with blank(browser) as found:
        turn(found, look, page)
        yield found


def turn(found: Page, look: str, page: Path = PAGE) -> None:
    """Let a page show this document, in this look."""
    seen_as(look, found)
    found.goto(page.as_uri())


def seen_as(look: str, page: Page) -> None:
    """Give a page this look; to lay out one that is open takes a tenth of opening another."""
    page.set_viewport_size(NARROW if look == "narrow" else WIDE)  # type: ignore[arg-type]  # a dictionary of the same keys
    page.emulate_media(
        media="print" if look == "print" else "screen", color_scheme="dark" if look == "dark" else "light"
    )


@cache
def page_of(example: Path) -> Path:
    """The page of a worked example in a file that is there until the process ends."""
    page = Path(_FOLDER.name) / f"{example.name}.html"
    page.write_text(html.render(report(example)), "utf-8")
    return page


def picture(page: Page) -> Image.Image:
    """The first screens of a page."""
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def small(full: Image.Image) -> Image.Image:
    """A quarter as wide: where things are and which colour they have, not how a letter is drawn."""
    return full.resize((full.width // _SCALE, full.height // _SCALE), Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two small pictures are apart on average, of 255."""
    blurred = [each.convert("RGB").filter(ImageFilter.GaussianBlur(2)) for each in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*blurred)).mean)
