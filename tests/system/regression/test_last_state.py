"""With --interval the state of an instance is the one of the last scrape."""

from msgspec.structs import replace

from llmgw_report.pipeline.second_scrape import last_states
from tests.builders.snapshots import instance

LATER = 90.0


def test_an_instance_that_went_down_meanwhile_is_down() -> None:
    (row,) = last_states((instance("ok", 50),), (instance("down", 60),), LATER)
    assert (row.health, row.health_before, row.attempts) == ("down", "ok", 50)


def test_an_instance_that_appears_later_is_there() -> None:
    new = instance("down", name="a-2")
    assert list(last_states((instance("ok", 50),), (instance("ok", 60), new), LATER))[1] == new


def test_the_first_reading_says_nothing_where_it_would_not_have_ended_by_now() -> None:
    down = replace(instance("down", 50), recovery="70s")
    assert [next(iter(last_states((down,), (down,), seconds))).health_before for seconds in (60.0, 80.0)] == [
        None,
        "down",
    ]
