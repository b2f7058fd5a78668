"""The page as a browser shows it: in light and dark, on paper and on a telephone, asking nobody for anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from tests.system.browser.chromium import (
    PAGE,
    PICTURES,
    PROGRAM,
    TOLERANCE,
    difference,
    opened,
    page_of,
    picture,
    seen_as,
    small,
    started,
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


def shown(browser: Browser, look: str) -> Image.Image:
    with opened(browser, look) as page:
        return small(picture(page))


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_looks_as_it_did(browser: Browser, look: str) -> None:
    reference = Image.open(PICTURES / f"{look}.png")
    assert difference(shown(browser, look), reference) < TOLERANCE, "`make picture` if it is meant"


def test_a_look_that_is_lost_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "bare.html").write_text(PAGE.read_text("utf-8").replace("<style>", "<style>@media tv {"), "utf-8")
    with opened(browser, "light", tmp_path / "bare.html") as page:
        bare = small(picture(page))
    light = Image.open(PICTURES / "light.png")
    assert difference(bare, light) > TOLERANCE
    assert difference(Image.open(PICTURES / "dark.png"), light) > TOLERANCE


of_every_example = pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)


@of_every_example
def test_a_telephone_scrolls_no_page_sideways_and_no_page_asks_for_anything(browser: Browser, folder: Path) -> None:
    with opened(browser, "narrow", page_of(folder)) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert asked == [page_of(folder).as_uri()]


#: Of every text of a picture, by how many pixels it stands out of it on either side.
OUT = """() => [...document.querySelectorAll("figure > svg text")].map(each => {
  const [text, all] = [each, each.closest("figure")].map(one => one.getBoundingClientRect());
  return text.width ? Math.max(all.left - text.left, text.right - all.right) : 0;
})"""
#: Of every table that is beside a picture, by how many pixels it is wider than its place.
WIDER = """() => [...document.querySelectorAll("figure .scroll")].map(each => each.scrollWidth - each.clientWidth)"""


@of_every_example
def test_no_label_stands_out_of_its_picture_and_no_column_out_of_its_table(browser: Browser, folder: Path) -> None:
    with opened(browser, "light", page_of(folder)) as page:
        open_all(page)
        for look in ("light", "narrow"):
            seen_as(look, page)
            assert max(page.evaluate(OUT)) <= 2, look  # letters are cut off at a pixel
            assert max(page.evaluate(WIDER)) <= 1, look


@of_every_example
def test_no_figure_stands_out_of_its_card(browser: Browser, folder: Path) -> None:
    with opened(browser, "light", page_of(folder)) as page:
        for look in ("light", "narrow", "print"):
            seen_as(look, page)
            over = "each => each.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
            assert page.locator(".figures .value").evaluate_all(over) == [], look


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


@of_every_example
def test_no_rule_of_axe_is_violated(browser: Browser, folder: Path) -> None:
    narrow = ("narrow",) if folder.name in {"unhealthy", "litellm"} else ()
    with opened(browser, "light", page_of(folder)) as page:
        open_all(page)
        for look in ("light", "dark", *narrow):
            seen_as(look, page)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{look}: {found.generate_report()}"
            assert "color-contrast" in {rule["id"] for rule in found.response["passes"]}, look


@of_every_example
def test_no_column_of_a_table_is_out_of_sight(browser: Browser, folder: Path) -> None:
    """Text gives way: what is cut off on the right would be the ratio of errors."""
    with opened(browser, "light", page_of(folder)) as page:
        open_all(page)
        for width in (600, 768, 1000, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            wide = "each => each.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
            assert page.locator("#instances .scroll, #traffic .scroll").evaluate_all(wide) == [], width


def screens(page: Page, place: str) -> float:
    """How many screens of 1280 x 900 stand above a place of the page as it opens."""
    return float(page.locator(place).first.evaluate("each => each.getBoundingClientRect().top + scrollY")) / 900


@pytest.mark.size
@of_every_example
def test_what_is_open_is_a_few_screens(browser: Browser, folder: Path) -> None:
    """The problems with where they are before the first fold, and all that is not folded before the other checks."""
    with opened(browser, "light", page_of(folder)) as page:
        page.set_viewport_size({"width": 1280, "height": 900})
        problems = screens(page, "main > section > details")
        assert 0.5 < problems <= 2.5
        assert problems < screens(page, "section#checks") <= 4.5
        assert screens(page, "section#findings") < 1


@of_every_example
def test_paper_is_a_few_pages(browser: Browser, folder: Path) -> None:
    with opened(browser, "print", page_of(folder)) as page:
        pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert 2 <= len(pages) <= 8


def test_paper_shows_what_a_screen_folds_away(browser: Browser) -> None:
    with opened(browser, "print") as page:
        folded = page.locator("section#database table").first
        assert not page.locator("section#database details").first.get_attribute("open")
        assert folded.bounding_box()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        # Whole, the first finding would leave the page of the verdict half empty.
        failed = page.locator(".finding.bad").first
        assert failed.evaluate("each => getComputedStyle(each).breakInside") == "auto"


def test_a_row_has_a_name_to_hear(browser: Browser) -> None:
    with opened(browser, "light") as page:
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


def test_the_keyboard_reaches_findings_tables_and_folds(browser: Browser) -> None:
    with opened(browser, "light") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
        summary = page.locator("#database summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("#database table").first.is_visible()
        assert page.locator(".scroll[tabindex='0']").count() == page.locator("table").count()


def test_the_document_is_saved_by_its_link(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, "light") as page:
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
