"""What the documentation says of the gateways, out of their definitions, their queries and their tests."""

import json
from collections.abc import Iterator
from pathlib import Path

from llmgw_report import gateways as definitions
from llmgw_report.gateways import rows
from llmgw_report.gateways.definition import Gateway, MetricMapping
from llmgw_report.gateways.relation import ATTEMPTS, REQUESTS
from llmgw_report.model.quantities import QUANTITIES
from tools import gateway_matrix
from tools.documentation import code, codes, table
from tools.golden import EXAMPLES

STATES = EXAMPLES.parent / "tests" / "gateways" / "products"
_FILES = "tests/gateways/products"


def names() -> str:
    """For README.md: the products by what is read of them, each with its section."""
    kinds: dict[str, list[str]] = {}
    for one in sorted(_all(), key=_sources, reverse=True):
        kinds.setdefault(_sources(one), []).append(f"[{one.name}](docs/gateways.md#{one.name})")
    return "\n".join(f"- {kind}: {', '.join(found)}" for kind, found in kinds.items())


def listed() -> str:
    """Every gateway with its sources."""
    lines = [(f"[`{one.name}`](#{one.name})", _sources(one), one.title) for one in _all()]
    return table(("gateway", "sources", "product"), lines)


def matrix() -> str:
    """Which source has which quantity, of the products with metrics and of those with a database alone."""
    with_metrics = [one for one in _all() if one.metrics]
    without = [one for one in _all() if not one.metrics]
    return "\n\n".join(gateway_matrix.written(part) for part in (with_metrics, without))


def pages() -> str:
    return "\n".join("\n".join(_page(one)) for one in _all())


def _all() -> tuple[Gateway, ...]:
    return definitions.load_all()


def _sources(one: Gateway) -> str:
    return " and ".join([*one.keeps, *(["log"] if one.log else [])])


def _page(one: Gateway) -> Iterator[str]:
    guide = one.guide
    yield f"## {one.name}\n"
    yield f"{one.title}. {one.about}\n"
    yield f"**Versions.** {_sentence(guide.versions)} Recognised by {_evidence(one)}.\n"
    yield from _pointing(one)
    yield "**What is recorded.**\n"
    if one.metrics:
        yield _families(one) + "\n"
    yield from _rows(one)
    if one.families.never:
        yield "Families that are never there:\n"
        yield from (f"- `{name}`: {reason}" for name, reason in one.families.never.items())
        yield ""
    yield "**What cannot be known.**\n"
    yield from (f"- **{spot.quantity}**: {spot.reason}" for spot in one.blind_spots)
    yield ""
    if one.quirks:
        yield "**What it records wrongly, and how the report allows for it.**\n"
        yield table(("it records", "the report"), [(quirk.fact, quirk.allowance) for quirk in one.quirks]) + "\n"
    yield from _proof(one)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _pointing(one: Gateway) -> Iterator[str]:
    """The command line for its usual address and file."""
    needs = f" {_sentence(one.guide.needs)}" if one.guide.needs else ""
    command = f"llmgw-report {one.guide.arguments}".rstrip()
    yield f"**How to point the report at it.**{needs}\n\n```sh\n{command}\n```\n"


def _evidence(one: Gateway) -> str:
    """Families and tables that decide, in words."""
    detect = one.detect
    parts = [f"the families {codes(detect.families)}"] if detect.families else []
    parts += [f"one of the families {codes(detect.any_families)}"] if detect.any_families else []
    labelled = " and ".join(code(f'{label}="{value}"') for label, value in detect.labels.items())
    parts = [" and ".join([*parts, f"the label {labelled}"])] if labelled else parts
    tables = "the table {} with its columns" if len(detect.tables) == 1 else "the tables {} with their columns"
    parts += [tables.format(codes(detect.tables))] if detect.tables else []
    forbidden = (("tables", detect.not_tables), ("columns", detect.not_columns), ("families", detect.not_families))
    return " or ".join(parts) + "".join(f", none of the {what} {codes(names)}" for what, names in forbidden if names)


def _families(one: Gateway) -> str:
    """What its metrics hold; one line for mappings that differ in their rules alone."""
    lines = [
        (quantity, code(source.family), codes(source.all_labels) or "–", _population(quantity, source))
        for quantity, sources in one.metrics.items()
        for source in sources
    ]
    return table(("quantity", "family", "labels that are read", "of"), dict.fromkeys(lines))


def _population(quantity: str, source: MetricMapping) -> str:
    """What is counted or timed; a gauge and a state are of no requests."""
    return source.population if QUANTITIES[quantity].kind in {"counter", "distribution"} else "–"


def _rows(one: Gateway) -> Iterator[str]:
    """What its database is asked for."""
    own = {query.name: query for query in definitions.queries(one)}
    for name, what in ((REQUESTS, "request"), (ATTEMPTS, "call to an upstream")):
        if name in own:
            yield f"One row per {what} ({own[name].title}), with {codes(gateway_matrix.columns(one, own[name]))}.\n"
    if "health" in own:
        yield "The state of each upstream instance, read from its tables.\n"
    others = [query for name, query in own.items() if name not in {REQUESTS, ATTEMPTS, "health"}]
    if others:
        lines = [(code(query.name), query.title, _gives(query.name)) for query in others]
        yield table(("query", "rows", "gives"), lines) + "\n"


def _gives(query: str) -> str:
    if query == "bounds":
        return "parameters of the others"
    return "figures of the report" if query in rows.RECORDS else "a table of its own"


def _proof(one: Gateway) -> Iterator[str]:
    """The states that its figures are compared with, and how the product itself was tried."""
    states = sorted((STATES / one.name).glob("*/truth.json"))
    yield f"**How it was proven.** {_sentence(one.guide.tried)}\n"
    if states:
        yield table(("state", "from", "what happened", "verdict", "figures"), map(_state, states)) + "\n"


def _state(file: Path) -> tuple[str, ...]:
    truth = json.loads(file.read_text("utf-8"))
    name, folder = file.parent.name, file.parent.relative_to(STATES)
    origin = "capture" if truth.get("capture") else "fixture"
    linked = f"[`{name}`](../{_FILES}/{folder.as_posix()})"
    return linked, origin, truth["about"], truth["verdict"], str(len(truth["figures"]))


def proven() -> str:
    """How many states and figures there are in all."""
    truths = [json.loads(file.read_text("utf-8")) for file in sorted(STATES.glob("*/*/truth.json"))]
    captures = sum("capture" in truth for truth in truths)
    figures = sum(len(truth["figures"]) for truth in truths)
    states = f"{len(truths)} states with {figures:,} figures"
    return f"{states}, {len(truths) - captures} from fixtures of our own making and {captures} from captures."
