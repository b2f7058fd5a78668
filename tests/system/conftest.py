"""What the tests of the whole program share."""

import pytest


@pytest.fixture(autouse=True)
def _the_life_of_the_process_is_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrapes of the tests have no start time: without this, every report of one alone would be UNKNOWN."""
    monkeypatch.setenv("LLMGW_REPORT_WINDOW", "all")
