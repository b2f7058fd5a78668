"""How fast requests come at present: what an undecided check needs to say how long to wait."""

from llmgw_report import units
from llmgw_report.model import instant
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot


def rate(snapshot: Snapshot) -> float | None:
    """Requests per second: of the window where rows tell, else over the lifetime, else unknown."""
    window = snapshot.sections.traffic_window
    if window and window.total.requests:
        return window.total.requests / snapshot.window.seconds
    traffic = snapshot.sections.traffic
    if traffic is None or not traffic.total.requests:
        return None
    if traffic.basis == "window":
        return traffic.total.requests / snapshot.window.seconds
    began, now = instant.milliseconds(traffic.since or ""), instant.milliseconds(snapshot.at)
    if began is None or now is None or now <= began:
        return None
    return traffic.total.requests * 1000 / (now - began)


def needed(more: int, per_second: float | None) -> str:
    """How many more requests would tell, and how long that takes at the present rate."""
    if not per_second:
        return say("about {n} more would tell", n=units.count(more))
    wait = units.seconds(more / per_second)
    return say("about {n} more would tell ({wait} at the present rate)", n=units.count(more), wait=wait)
