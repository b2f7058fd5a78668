"""`python -m tools.picture`: the demo's page for the README, and small ones that the tests compare with."""

from pathlib import Path

from tests.system.browser.chromium import PICTURES, opened, picture, small, started

LOOKS = ("light", "dark", "narrow", "print")
README = Path(__file__).parents[1] / "docs" / "report.png"


def main() -> None:
    """Draw them all; few colours, because a page has few and a repository keeps every version."""
    PICTURES.mkdir(exist_ok=True)
    with started() as browser:
        for look in LOOKS:
            with opened(browser, look) as page:
                full = picture(page)
            small(full).quantize(64).save(PICTURES / f"{look}.png", optimize=True)
            if look == "light":
                full.quantize(128).save(README, optimize=True)


if __name__ == "__main__":
    main()
