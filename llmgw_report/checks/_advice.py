"""What to do about failures, by what most of them were and where."""

from llmgw_report.checks._finding import Subject
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Snapshot

#: One outcome decides on the advice if so many of the failures are it.
_MOST = 0.5
#: By outcome, with the setting of the gateway that belongs to it.
_ADVICE = {
    "upstream_refused": msg(
        "The provider rejected {place}: check its key, which may be revoked or out of credit, then its base URL and"
        " the names of its models."
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
        "{place} answered with 5xx or broke the connection: call it with its own key from the gateway's machine; if it"
        " fails there too, take it out of rotation until its provider is back."
    ),
    "limited": msg(
        "The gateway's own limit or budget stopped these requests of {place}: raise it, or tell whoever uses that key."
    ),
    "canceled": msg(
        "Clients of {place} went away before the answer: compare their time limit with the latency of the gateway."
    ),
    "client_error": msg(
        "Clients sent what {place} rejects: read the error patterns, and tell the owner of the key with the most."
    ),
}
_SETTING = msg("Settings of this gateway for it: {setting}.")


def advice(counts: OutcomeCounts | None, subject: Subject, snapshot: Snapshot, failed: int) -> Message | None:
    """The advice of most of the failures; None where no outcome has half of them."""
    if counts is None or not failed:
        return None
    name = max(_ADVICE, key=lambda one: getattr(counts, one))
    if getattr(counts, name) < _MOST * failed:
        return None
    setting = snapshot.gateway.settings.get(name.replace("_", "-"))
    place = _place(subject, snapshot)
    return join(" ", [msg(_ADVICE[name], place=place), msg(_SETTING, setting=setting) if setting else ""])


def _place(subject: Subject, snapshot: Snapshot) -> str:
    """The instance to look at: the subject's own, else the one with most failures."""
    if "instance" in subject:
        return subject["instance"]
    if "target" in subject:
        return subject["target"]
    rows = [row for row in snapshot.sections.instances if subject.get("provider") in {None, row.provider}]
    worst = max(rows, key=lambda row: row.outcomes.service if row.outcomes else 0, default=None)
    if worst is not None and worst.outcomes and worst.outcomes.service:
        return worst.instance
    return next(iter(subject.values()), msg("the gateway"))
