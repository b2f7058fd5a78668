"""The page as a browser shows it: in light and dark, on paper and on a telephone, asking nobody for anything."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route

from tests.system.browser.chromium import (
    PAGE,
    PICTURES,
    PROGRAM,
    TOLERANCE,
    blank,
    difference,
    page_of,
    picture,
    seen_as,
    small,
    started,
    turn,
)
from tools.golden import folders
from tools.picture import LOOKS, README

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium"),
    pytest.mark.xdist_group("browser"),  # one browser for all of them
]

#: As Jenkins serves what a build leaves behind.
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One for all documents; a test lets it show one, or asks for an `example`."""
    with blank(browser) as found:
        yield found


@pytest.fixture(scope="module", params=folders(), ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    """One worked example after the other, with all tests of it."""
    found: Path = request.param
    return found


@pytest.fixture
def example(page: Page, folder: Path) -> Page:
    """The page of a worked example, of the last test if that was the same: folded as it was, in any look."""
    if page.url != page_of(folder).as_uri():
        turn(page, "light", page_of(folder))
    return page


@contextmanager
def unfolded(page: Page) -> Iterator[None]:
    """Everything that can be folded is open for as long as the `with`."""
    folds = "document.querySelectorAll('details')"
    was = page.evaluate(f"[...{folds}].map(each => [each.open, each.open = true][0])")
    try:
        yield
    finally:
        page.evaluate(f"was => {folds}.forEach((each, place) => {{ each.open = was[place] }})", was)


def small_picture(page: Page, look: str, file: Path = PAGE) -> Image.Image:
    turn(page, look, file)
    return small(picture(page))


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_looks_as_it_did(page: Page, look: str) -> None:
    reference = Image.open(PICTURES / f"{look}.png")
    assert difference(small_picture(page, look), reference) < TOLERANCE, "`make picture` if it is meant"


def test_a_look_that_is_lost_would_be_seen(page: Page, tmp_path: Path) -> None:
    (tmp_path / "bare.html").write_text(PAGE.read_text("utf-8").replace("<style>", "<style>@media tv {"), "utf-8")
    bare = small_picture(page, "light", tmp_path / "bare.html")
    light = Image.open(PICTURES / "light.png")
    assert difference(bare, light) > TOLERANCE
    assert difference(Image.open(PICTURES / "dark.png"), light) > TOLERANCE


def test_a_telephone_scrolls_no_page_sideways_and_no_page_asks_for_anything(example: Page, folder: Path) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    seen_as("narrow", example)
    example.on("request", note)
    example.reload()
    with unfolded(example):
        assert example.evaluate("document.documentElement.scrollWidth") == 390
    example.remove_listener("request", note)
    assert asked == [page_of(folder).as_uri()]


#: Of every text of a picture, by how many pixels it stands out of it on either side.
OUT = """() => [...document.querySelectorAll("figure > svg text")].map(each => {
  const [text, all] = [each, each.closest("figure")].map(one => one.getBoundingClientRect());
  return text.width ? Math.max(all.left - text.left, text.right - all.right) : 0;
})"""
#: Of every table that is beside a picture, by how many pixels it is wider than its place.
WIDER = """() => [...document.querySelectorAll("figure .scroll")].map(each => each.scrollWidth - each.clientWidth)"""


def test_no_label_stands_out_of_its_picture_and_no_column_out_of_its_table(example: Page) -> None:
    with unfolded(example):
        for look in ("light", "narrow"):
            seen_as(look, example)
            assert max(example.evaluate(OUT)) <= 2, look  # letters are cut off at a pixel
            assert max(example.evaluate(WIDER)) <= 1, look


def test_no_figure_stands_out_of_its_card(example: Page) -> None:
    over = "each => each.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    for look in ("light", "narrow", "print"):
        seen_as(look, example)
        assert example.locator(".figures .value").evaluate_all(over) == [], look


def test_no_rule_of_axe_is_violated(example: Page, folder: Path) -> None:
    narrow = ("narrow",) if folder.name in {"unhealthy", "litellm"} else ()
    with unfolded(example):
        for look in ("light", "dark", *narrow):
            seen_as(look, example)
            found = Axe().run(example)
            assert found.violations_count == 0, f"{look}: {found.generate_report()}"
            assert "color-contrast" in {rule["id"] for rule in found.response["passes"]}, look


def test_no_column_of_a_table_is_out_of_sight(example: Page) -> None:
    """Text gives way: what is cut off on the right would be the ratio of errors."""
    wide = "each => each.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    seen_as("light", example)
    with unfolded(example):
        for width in (600, 768, 1000, 1280):
            example.set_viewport_size({"width": width, "height": 900})
            assert example.locator("#instances .scroll, #traffic .scroll").evaluate_all(wide) == [], width


def screens(page: Page, place: str) -> float:
    """How many screens of 1280 x 900 stand above a place of the page as it opens."""
    return float(page.locator(place).first.evaluate("each => each.getBoundingClientRect().top + scrollY")) / 900


@pytest.mark.size
def test_what_is_open_is_a_few_screens(example: Page) -> None:
    """The problems with where they are before the first fold, and all that is not folded before the other checks."""
    seen_as("light", example)
    example.set_viewport_size({"width": 1280, "height": 900})
    problems = screens(example, "main > section > details")
    assert 0.5 < problems <= 2.5
    assert problems < screens(example, "section#checks") <= 4.5
    assert screens(example, "section#findings") < 1


def test_paper_is_a_few_pages(example: Page) -> None:
    seen_as("print", example)
    pages = re.findall(rb"/Type\s*/Page\b", example.pdf(format="A4"))
    assert 2 <= len(pages) <= 8


def test_paper_shows_what_a_screen_folds_away(page: Page) -> None:
    turn(page, "print")
    folded = page.locator("section#database table").first
    assert not page.locator("section#database details").first.get_attribute("open")
    assert folded.bounding_box()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    # Whole, the first finding would leave the page of the verdict half empty.
    failed = page.locator(".finding.bad").first
    assert failed.evaluate("each => getComputedStyle(each).breakInside") == "auto"


def test_a_row_has_a_name_to_hear(page: Page) -> None:
    turn(page, "light")
    assert page.locator("#traffic").get_by_role("rowheader", name="anthropic").count() == 1


def test_without_any_style_the_state_is_a_word_and_a_picture_is_one(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    text = PAGE.read_text("utf-8")

    def serve(route: Route) -> None:
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": JENKINS}
        route.fulfill(body=text, headers=headers)

    page.route("http://jenkins.example/**", serve)
    page.goto("http://jenkins.example/report.html")
    assert page.locator("h1").inner_text().startswith("FAIL ")
    assert page.evaluate("getComputedStyle(document.querySelector('.verdict')).borderRadius") == "0px"
    assert page.evaluate("getComputedStyle(document.querySelector('svg pattern .unknown')).fill") == "rgb(47, 116, 181)"
    assert page.evaluate("document.querySelector('svg[role=img]').clientWidth") > 500
    context.close()


def test_the_keyboard_reaches_findings_tables_and_folds(page: Page) -> None:
    turn(page, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    summary = page.locator("#database summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#database table").first.is_visible()
    assert page.locator(".scroll[tabindex='0']").count() == page.locator("table").count()


def test_the_document_is_saved_by_its_link(page: Page, tmp_path: Path) -> None:
    turn(page, "light")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the JSON document").click()
    download.value.save_as(tmp_path / "saved.json")
    assert download.value.suggested_filename == "llmgw-report.json"
    assert (tmp_path / "saved.json").read_text("utf-8").startswith('{"schema":"llmgw-report/1"')


def test_pictures_stay_small() -> None:
    assert README.stat().st_size < 300_000
    assert sum(file.stat().st_size for file in PICTURES.iterdir()) < 400_000
    # Two thirds of it are the JSON document, for whoever has the page alone.
    assert all(page_of(folder).stat().st_size < 350_000 for folder in folders())
