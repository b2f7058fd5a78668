"""What both sources' checks say of a source that gave nothing."""

from collections.abc import Iterator

from llmgw_report.checks._finding import finding, skip
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import Sentence, say
from llmgw_report.model.report import Snapshot


def unavailable(snapshot: Snapshot, kind: str, failed: str | None = None) -> Iterator[Finding]:
    """A source that was named is required; a default that is not there is only noted.

    `failed` is why one that could be opened gave nothing.
    """
    source = next((one for one in snapshot.inputs if one.kind == kind), None)
    if source is None or source.status == "skipped":
        yield from skip(source.reason or "switched off" if source else "switched off")
        return
    reason = source.reason or failed or "nothing could be read"
    if source.named == "no":
        yield from skip(say("{source} (a default, not asked for): {reason}", source=source.target, reason=say(reason)))
        return
    seen = say("{source}: {reason}.", source=source.target, reason=say(reason))
    if source.hint:
        seen = say("{seen} {advice}", seen=seen, advice=Sentence(say(source.hint)))
    yield finding("unknown", seen, {"source": source.target}, reason=reason, required=True)


def read(snapshot: Snapshot, kind: str) -> bool:
    """Whether this source was read and is of a gateway we know."""
    return any(one.kind == kind and one.status == "ok" for one in snapshot.inputs)
