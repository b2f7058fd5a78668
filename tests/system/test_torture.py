"""The first cases of every campaign: `make torture` runs all of them."""

from pathlib import Path

import pytest

from tools.torture import _campaign, _workers


@pytest.mark.parametrize("name", [name for name in _campaign.names() if _campaign.load(name).in_tests])
def test_the_first_cases_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = _campaign.load(name)
    assert campaign.start
    monkeypatch.chdir(tmp_path)
    result = _workers.take(campaign.start(tmp_path), 0, range(campaign.in_tests))
    assert result.cases == campaign.in_tests
    assert result.crashes == ()


def test_a_crash_is_told_with_the_number_of_its_case() -> None:
    def case(random: object) -> _campaign.Outcome:
        raise ZeroDivisionError(str(random))

    result = _workers.take(case, 0, range(3, 30, 3))
    assert [crash.case for crash in result.crashes] == [*range(3, 30, 3)]
    assert "ZeroDivisionError" in result.crashes[0].text
    assert not result.held
