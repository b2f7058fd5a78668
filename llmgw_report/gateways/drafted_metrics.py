"""The first half of a first definition: what the families of a scrape that nobody described may mean. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from llmgw_report.config.values import toml
from llmgw_report.gateways import labels, synonyms
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.quantities import QUANTITIES, REJECTIONS
from llmgw_report.model.scrape import Cell, Interest, Scrape
from llmgw_report.printable import visible
from llmgw_report.redaction import redact
from llmgw_report.units import plural

#: Quantities of which one family is read, because two would count the same requests twice.
_ONCE = frozenset(name for name, one in QUANTITIES.items() if name not in {"tokens", "health", *REJECTIONS})
#: The largest duration that a histogram is made to hold, in seconds; above it its numbers are milliseconds.
_LONGEST_BUCKET = 1000
_MANY_VALUES = 30
#: What HTTP's statuses say by themselves. Whose fault a 4xx is, a person has to add.
_BY_CODE = (
    ("2??|2xx", "success"),
    ("499", "canceled"),
    ("408|504", "timeout"),
    ("5??|5xx", "server-error"),
    ("4??|4xx", "error"),
)


class DraftedMetrics(Struct, frozen=True, kw_only=True):
    """The mappings as text, the families and labels that the product may be recognised by, and what is left."""

    text: str
    families: tuple[str, ...]
    labels: dict[str, str]
    only: dict[str, str]
    ignored: tuple[str, ...]
    left: tuple[str, ...]
    quantities: tuple[str, ...]


class _Family(Struct, frozen=True, kw_only=True):
    """A family with the quantity that it may hold."""

    name: str
    type: str
    quantity: str
    sample: str
    labels: tuple[str, ...]
    series: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of several families for one quantity the one with the most labels that mean something counts."""
        meant = sum(any(label in names for label in self.labels) for names in synonyms.LABELS.values())
        return meant, self.series, -len(self.name)


class _FamilyDraft(Struct, frozen=True, kw_only=True):
    """A scrape whose every label was kept."""

    scrape: Scrape
    interest: Interest
    lines: list[str] = field(default_factory=list)
    only: dict[str, str] = field(default_factory=dict)

    def values(self, sample: str, label: str) -> Counter[str]:
        """Values of a label with what was counted under them."""
        found: Counter[str] = Counter()
        names = self.interest[sample].labels if sample in self.interest else ()
        if label in names:
            place = names.index(label)
            cells: Mapping[tuple[str, ...], Cell] = self.scrape.samples.get(sample, {})
            for key, cell in cells.items():
                found[key[place]] += round(cell.sum)
        return found


def draft(scrape: Scrape, interest: Interest) -> DraftedMetrics:
    """The mappings that names suggest. `interest` has every label of every family that is none of the runtime's."""
    drafted = _FamilyDraft(scrape=scrape, interest=interest)
    found = sorted(filter(None, (_family(scrape, name) for name in scrape.families)), key=lambda one: one.name)
    chosen = tuple(_chosen(found))
    for one in chosen:
        _map(drafted, one)
    if not any(one.quantity == "requests" for one in chosen):
        chosen = (*chosen, *_counted_by_latency(drafted, chosen))
    ignored = tuple(
        glob for glob in synonyms.RUNTIME if any(labels.match({"f": glob}, {"f": one}) for one in scrape.families)
    )
    mapped = {one.name for one in chosen}
    return DraftedMetrics(
        text="\n".join(drafted.lines),
        families=tuple(name for name in sorted(mapped) if not re.match(r"gen_ai_|process_|target_info", name))[:4],
        labels=_scope(drafted, chosen),
        only=drafted.only,
        ignored=ignored,
        left=tuple(_left(drafted, mapped, ignored)),
        quantities=tuple(dict.fromkeys(one.quantity for one in chosen)),
    )


def is_runtime(family: str) -> bool:
    """Whether a family is of the language's runtime, but for the one with the start of the process."""
    globs = "|".join(synonyms.RUNTIME)
    return family != "process_start_time_seconds" and labels.match({"family": globs}, {"family": family})


def _family(scrape: Scrape, name: str) -> _Family | None:
    """The family with what its name and type suggest."""
    family = scrape.families[name]
    if is_runtime(name):
        return None
    for rule in synonyms.FAMILIES:
        if family.type in rule.types and re.search(rule.pattern, name) and not re.search(rule.never, name):
            break
    else:
        return None
    spelled = (f"{name}_count" if family.type in {"histogram", "summary"} else name, f"{name}_total", f"{name}_info")
    sample = next((one for one in spelled if one in scrape.labels), "")
    known = tuple(scrape.labels.get(sample, ()))
    if not sample or (rule.quantity == "build-info" and not synonyms.first(synonyms.LABELS["version"], known)):
        return None
    return _Family(
        name=name, type=family.type, quantity=rule.quantity, sample=sample, labels=known, series=family.series
    )


def _chosen(found: Sequence[_Family]) -> Iterator[_Family]:
    """The families that are mapped. Requests may be counted apart by how they ended, in families without a status."""
    for name in QUANTITIES:
        of = [one for one in found if one.quantity == name]
        apart = [one for one in of if _end_in_name(one.name)]
        if name == "requests" and of and len(apart) < len(of):
            of = [one for one in of if one not in apart]
        elif name == "requests" and apart:
            yield from apart
            continue
        if name == "tokens" and any(_type_label(one) for one in of):
            of = [max((one for one in of if _type_label(one)), key=lambda one: one.rank)]
        if name in _ONCE and of:
            of = [max(of, key=lambda one: one.rank)]
        yield from of


def _end_in_name(name: str) -> str | None:
    """The outcome that the name of a family itself says."""
    found = re.search(r"_(success|successful|succeeded|failed|failures?|errors?)(_|$)", name)
    return None if found is None else "success" if found[1].startswith("succ") else "error"


def _type_label(one: _Family) -> str | None:
    return synonyms.first(synonyms.LABELS["token-type"], one.labels)


def _map(drafted: _FamilyDraft, one: _Family) -> None:
    """Add the mapping of one family."""
    quantity = QUANTITIES[one.quantity]
    distribution = quantity.kind == "distribution"
    family = one.name if distribution else f"{one.name}_sum" if one.sample.endswith("_count") else one.sample
    keys: dict[str, object] = {"family": family}
    named = _roles(one.quantity, one)
    notes: list[str] = []
    status = named.pop("status", None) if one.quantity not in {"requests", "attempts"} else named.get("status")
    if one.quantity == "tokens" and not _tokens(drafted, one, named, keys, notes):
        return
    if named:
        keys["labels"] = named
    if scale := _scale(drafted, one):
        keys["scale"] = scale
    if one.quantity in REJECTIONS and "reason" not in named:
        keys["const"] = {"reason": _reason(one.name)}
    if one.quantity == "health":
        keys["states"] = {"1": "ok", "0": "down"}
        notes.append("1 is taken for ok and 0 for down")
    _filter(drafted, one, notes)
    outcomes: Sequence[Mapping[str, object]] = ()
    if distribution and status:
        outcomes = [rule for rule in _outcomes(drafted, one, status, []) if rule["outcome"] == "success"]
    elif one.quantity in {"requests", "attempts"}:
        outcomes = _outcomes(drafted, one, status, notes)
    _add(drafted, one.quantity, keys, outcomes, notes)


def _reason(family: str) -> str:
    """Why requests were rejected that a family without such a label counts."""
    found = re.search("auth|budget|quota|rate_?limit|guardrail", family)
    return found[0].replace("_", " ") if found else "policy"


def _roles(quantity: str, one: _Family) -> dict[str, str]:
    """The labels of a family by the roles that its quantity has."""
    roles: list[str] = [role for role in QUANTITIES[quantity].roles if role in synonyms.LABELS and role != "token-type"]
    found = {role: label for role in roles if (label := synonyms.first(synonyms.LABELS[role], one.labels))}
    if "status" in roles and one.name.startswith(synonyms.CONVENTION):
        found.setdefault("status", synonyms.FAILURE)
    return found


def _add(
    drafted: _FamilyDraft,
    quantity: str,
    keys: Mapping[str, object],
    outcomes: Sequence[Mapping[str, object]],
    notes: Sequence[str],
) -> None:
    shown = [*(f"# {visible(redact(note))}" for note in notes), f"[[metrics.{quantity}]]"]
    shown += [f"{key} = {toml(value)}" for key, value in keys.items()]
    if outcomes:
        shown += ["outcomes = [", *(f"  {toml(rule)}," for rule in outcomes), "]"]
    drafted.lines.extend([*shown, ""])


def _tokens(
    drafted: _FamilyDraft, one: _Family, named: dict[str, str], keys: dict[str, object], notes: list[str]
) -> bool:
    """The kind of tokens, from a label or from the family's name; a sum of all kinds is left out."""
    label = _type_label(one)
    if label is None:
        kind = synonyms.token_type(one.name)
        if kind:
            keys["const"] = {"token-type": kind}
        return kind is not None
    named["token-type"] = label
    values = {value: synonyms.token_type(value) for value in drafted.values(one.sample, label)}
    if renamed := {value: kind for value, kind in values.items() if kind and kind != value}:
        keys["values"] = {"token-type": renamed}
    unknown = [value for value, kind in values.items() if kind is None]
    if "total" in unknown:
        keys["except"] = {label: "total"}
    notes += [f"{label}: no kind of tokens for {value!r}" for value in unknown if value != "total"]
    return True


def _scale(drafted: _FamilyDraft, one: _Family) -> float | None:
    """What converts a duration to seconds; None where it is in seconds."""
    if QUANTITIES[one.quantity].kind != "distribution":
        return None
    named = synonyms.without_unit(one.name)[1]
    if named is None:
        bounds = [float(le) for le in drafted.values(f"{one.name}_bucket", "le") if le not in {"", "+Inf"}]
        named = 1e-3 if bounds and max(bounds) > _LONGEST_BUCKET else 1.0
    return None if named == 1.0 else named


def _filter(drafted: _FamilyDraft, one: _Family, notes: list[str]) -> None:
    """Calls of a management API and probes, where a label has the path and some of the paths reach a model.

    What others have counted and pushed into the family is none of the gateway's either.
    """
    if len(drafted.values(one.sample, synonyms.ORIGIN)) > 1 and synonyms.OWN in drafted.values(
        one.sample, synonyms.ORIGIN
    ):
        drafted.only.setdefault(synonyms.ORIGIN, f"{synonyms.OWN}|")
    label = synonyms.first(synonyms.ENDPOINTS, one.labels)
    values = drafted.values(one.sample, label) if label else Counter[str]()
    reached = {value for value in values if labels.match({"path": synonyms.MODEL_PATHS}, {"path": value})}
    others = [f"{value} ({n})" for value, n in values.items() if value not in reached]
    if label and reached and others:
        drafted.only.setdefault(label, f"|{synonyms.MODEL_PATHS}")
        if one.quantity == "requests":
            notes.append(f"Not counted, by their {label}: {', '.join(others[:_MANY_VALUES])}")


def _outcomes(drafted: _FamilyDraft, one: _Family, status: str | None, notes: list[str]) -> Sequence[dict[str, object]]:
    """Rules by the values that were seen and by HTTP's statuses."""
    if one.quantity == "requests" and (end := _end_in_name(one.name)):
        return [{"outcome": end}]
    if status is None:
        notes.append("No label says how a request ended: all of them are unobserved")
        return ()
    values = drafted.values(one.sample, status)
    words = {value: synonyms.outcome_of(value) for value in values if value and not synonyms.is_code(value)}
    rules: list[dict[str, object]] = []
    if status in synonyms.OF_FAILURES:
        rules.append({"when": {status: ""}, "outcome": "success"})
    if any(map(synonyms.is_code, values)) or status == synonyms.FAILURE:
        notes.append("Add whose fault a 4xx is, and which 429 and 401 are the upstream's")
        codes = [(glob, end) for glob, end in _BY_CODE if not rules or end != "success"]
        rules += [{"when": {status: glob}, "outcome": end} for glob, end in codes]
    rules += _by_word(status, words)
    if status in synonyms.OF_FAILURES:
        return [*rules, {"outcome": "error"}]
    if unknown := [f"{value!r} ({values[value]})" for value, found in words.items() if found in {None, "open"}]:
        notes.append(f"{status}: no outcome for {', '.join(unknown[:_MANY_VALUES])}")
    return rules


def _by_word(status: str, words: Mapping[str, str | None]) -> Iterator[dict[str, object]]:
    """Rules for the gateway's own words, each outcome once; a word that a glob would not match as it is has none."""
    for outcome in OUTCOMES:
        if globs := [value for value, found in words.items() if found == outcome and re.fullmatch(r"[\w.:-]+", value)]:
            yield {"when": {status: "|".join(globs)}, "outcome": outcome}


def _counted_by_latency(drafted: _FamilyDraft, chosen: Sequence[_Family]) -> Iterator[_Family]:
    """Requests as the count of a histogram, where no counter has them: so do OpenTelemetry's conventions."""
    for one in chosen:
        if one.quantity == "latency":
            named = _roles("requests", one)
            notes = ["No family counts requests: these are the durations that were observed"]
            keys: dict[str, object] = {"family": f"{one.name}_count"} | ({"labels": named} if named else {})
            _filter(drafted, one, notes)
            requests = _Family(
                name=one.name,
                type="counter",
                quantity="requests",
                sample=one.sample,
                labels=one.labels,
                series=one.series,
            )
            _add(drafted, "requests", keys, _outcomes(drafted, requests, named.get("status"), notes), notes)
            yield requests


def _scope(drafted: _FamilyDraft, chosen: Sequence[_Family]) -> dict[str, str]:
    """The label of OpenTelemetry that names the product, where its families are those of a convention."""
    for one in chosen:
        for value in drafted.values(one.sample, "otel_scope_name"):
            if value and "/" not in value:
                return {"otel_scope_name": value}
    return {}


def _left(drafted: _FamilyDraft, mapped: set[str], ignored: Sequence[str]) -> Iterator[str]:
    """Families that were not placed, with their labels."""
    globs = "|".join(ignored)
    for name, family in sorted(drafted.scrape.families.items()):
        if name in mapped or (globs and labels.match({"family": globs}, {"family": name})):
            continue
        sample = next((one for one in (name, f"{name}_total", f"{name}_count") if one in drafted.scrape.labels), name)
        shown = ", ".join(drafted.scrape.labels.get(sample, ()))
        yield f"{name} ({family.type}, {plural(family.series, 'sample')}){f' by {shown}' if shown else ''}"
