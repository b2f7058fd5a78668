"""What to do about failures, by what most of them were and where."""

from collections.abc import Collection
from typing import cast

from llmgw_report.checks._finding import Subject, without_instance
from llmgw_report.messages import msg
from llmgw_report.model.outcomes import SIDES, Outcome, OutcomeCounts, Side
from llmgw_report.model.report import Snapshot

SERVICE: tuple[Side, ...] = ("service",)
CLIENT: tuple[Side, ...] = ("client",)
#: One outcome decides on the advice if so many of the failures are it.
_MOST = 0.5
#: An instance is the place to look at if so many of them were there.
_NEARLY_ALL = 0.8
#: By outcome, with the setting of the gateway that belongs to it.
_ADVICE = {
    "upstream_refused": msg(
        "The provider rejected requests to {place}: check its key, which may be revoked or out of credit, then its base"
        " URL and the names of its models."
    ),
    "rate_limited": msg(
        "The provider's rate limit is used up at {place}: spread the load over more keys or deployments, or have the"
        " limit raised."
    ),
    "timeout": msg(
        "A time limit ended requests to {place}: compare the limit with how long the provider takes, and see whether"
        " one model is slow."
    ),
    "server_error": msg(
        "Requests to {place} got a 5xx, a broken answer or no connection: call it with its own key from the gateway's"
        " machine; if it fails there too, take it out of rotation until its provider is back."
    ),
    "limited": msg(
        "The gateway's own limit or budget stopped these requests of {place}: raise it, or ask whoever uses that key."
    ),
    "canceled": msg(
        "Clients of {place} went away before the answer: compare their time limit with the latency of the gateway."
    ),
    "client_error": msg("Requests of {place} were rejected: read the error patterns, and contact whoever sends them."),
}
#: What failed, in the words that stand after "most of it is".
_FAILURES = {
    "upstream_refused": msg("requests that the provider rejected"),
    "rate_limited": msg("requests over a rate limit"),
    "timeout": msg("requests that a time limit ended"),
    "server_error": msg("5xx or broken answers"),
    "limited": msg("requests over the gateway's own limit or budget"),
    "canceled": msg("requests that their clients canceled"),
    "client_error": msg("requests that were rejected"),
}
_OF_TARGET = msg(
    "Most of what failed at {target} are {outcome}: take it out of rotation, and compare its version, configuration and"
    " network with those of a target that works."
)


def advice(counts: OutcomeCounts | None, sides: Collection[Side], subject: Subject, snapshot: Snapshot) -> str:
    """The advice of most of the failures on these sides; "" where no outcome has half of them."""
    if counts is None:
        return ""
    failed = sum(counts.side(side) for side in sides)
    names = [one for one in _ADVICE if SIDES[_outcome(one)] in sides]
    name = max(names, key=lambda one: getattr(counts, one), default="")
    if not failed or not name or getattr(counts, name) < _MOST * failed:
        return ""
    if "target" in subject and "instance" not in subject:
        return msg(_OF_TARGET, target=subject["target"], outcome=_FAILURES[name])
    setting = snapshot.gateway.settings.get(_outcome(name))
    place = (
        _place(subject, snapshot, name, getattr(counts, name))
        if sides != CLIENT
        else next(iter(subject.values()), msg("the gateway"))
    )
    found = msg(_ADVICE[name], place=place)
    return (
        msg("{advice} Settings of this gateway for it: {setting}.", advice=found, setting=setting) if setting else found
    )


def _outcome(name: str) -> Outcome:
    return cast("Outcome", name.replace("_", "-"))


def _place(subject: Subject, snapshot: Snapshot, name: str, n: int) -> str:
    """The instance to look at: the subject's own, else one that has nearly all of such failures, which are `n`."""
    if "instance" in subject:
        return subject["instance"]
    rows = [row for row in snapshot.sections.instances if subject.get("provider") in {None, row.provider}]
    failed = {row.instance: getattr(row.outcomes, name) for row in rows if row.outcomes}
    worst = max(failed, key=lambda one: failed[one], default="")
    at_instances = sum(failed.values())
    all_of_them = at_instances + without_instance(snapshot, n, at_instances)
    if worst and failed[worst] and failed[worst] >= _NEARLY_ALL * all_of_them:
        return worst
    return subject.get("provider") or msg("the upstream")
