"""The head: which gateway, which instant, and where each figure came from."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from llmgw_report.messages import join, msg
from llmgw_report.model.finding import KeyFigure, nagios
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Input, Report, Window
from llmgw_report.model.sections import Totals
from llmgw_report.renderers import _digest, _finding_texts
from llmgw_report.renderers._view import targets
from llmgw_report.renderers._view.blocks import Block, Cell, FactsBlock, Figure, FigureRow, Section, Time, Tone
from llmgw_report.renderers._view.cells import Column, code, column, number, optional, state, table
from llmgw_report.units import ABSENT, abbreviated, clock, count, few, moment, quantity, ratio, seconds, text

#: Targets that do not answer, by their names.
_NAMED = 3


def figures(report: Report) -> tuple[FigureRow, ...]:
    """The key figures that are known, those of one time in one row; what is absent has its reason in the sections."""
    traffic, lifetime = report.sections.traffic, report.sections.lifetime_traffic
    now = (*_targets(report), *_instances(report))
    if traffic is None:
        return _rows([(msg("Now"), (*now, *_in_flight(report)))])
    first = (*_traffic(report, traffic), *now, *_latency(report, traffic), *_first_token(traffic), *_tokens(traffic))
    slow = _slow(report) if traffic.basis == "window" else ()
    rows = [(_when(report, traffic), (*first, *_cache(traffic), *slow, *_in_flight(report)))]
    if lifetime is not None and lifetime is not traffic:
        rows.append((_when(report, lifetime), _traffic(report, lifetime, toned=False)))
    return _rows(rows)


def _rows(found: Sequence[tuple[str, Sequence[Figure]]]) -> tuple[FigureRow, ...]:
    known = ((label, tuple(one for one in figures if one.value != ABSENT)) for label, figures in found)
    return tuple(FigureRow(label, figures) for label, figures in known if figures)


def _traffic(report: Report, traffic: Totals, *, toned: bool = True) -> tuple[Figure, ...]:
    total, ended = traffic.total, traffic.total.outcomes or OutcomeCounts()
    errors = msg("{hits} of {n} requests", hits=count(ended.service), n=count(ended.base))
    found, more = total.error_ratio, ""
    if found and ended.unattributed:
        more = msg("{ratio} with {n} of unknown cause", ratio=ratio(found.high), n=count(ended.unattributed))
    shown = ratio(found.low) if found else ABSENT
    tone = _tone(report, "errors") if toned else "muted"
    limit = _limit(report, "errors") if toned else _digest.uncounted(report) or ""
    return (
        Figure(msg("Requests"), count(total.requests), targets.counted(report)),
        Figure(msg("Server error ratio"), shown, join(", ", [errors, limit, more]), tone),
    )


def _when(report: Report, traffic: Totals) -> str:
    """Of which time the figures are, as a label."""
    if traffic.basis == "window" and not report.sections.is_since_run(traffic):
        return msg("Last {window}", window=seconds(report.window.seconds))
    if traffic.since is None:
        return msg("Since an unknown time")
    return msg("Since {time}", time=clock(traffic.since, report.at))


def _latency(report: Report, traffic: Totals) -> tuple[Figure, ...]:
    latency = traffic.total.latency
    # A summary's percentile is of its last minute, whatever its n counts.
    if latency.p99.seconds is None or latency.source == "summary":
        return ()
    n = msg("n = {n}", n=count(latency.count))
    if latency.population:
        n = msg("n = {n} ({population})", n=count(latency.count), population=msg(latency.population))
    note = join(", ", [_limit(report, "latency"), n])
    return (Figure(msg("Latency p99"), seconds(latency.p99.seconds), note, _tone(report, "latency")),)


def _first_token(traffic: Totals) -> tuple[Figure, ...]:
    """The largest percentile that n is large enough for."""
    found = traffic.total.durations.get("time-to-first-token")
    if found is None:
        return ()
    known = [(name, value.seconds) for name, value in found.percentiles.items() if value.seconds is not None]
    if not known or found.source == "summary":
        return ()
    name, value = known[-1]
    note = msg("n = {n}", n=count(found.count))
    return (Figure(msg("Time to first token {name}", name=name), seconds(value), note),)


def _cache(traffic: Totals) -> tuple[Figure, ...]:
    """Hits of all lookups, or alone where the misses are not counted."""
    figures = traffic.total.figures
    hits, misses = figures.get("cache_hits"), figures.get("cache_misses")
    if hits is None:
        return ()
    if not misses:
        return (Figure(msg("Cache hits"), count(hits), ""),)
    of = msg("{hits} of {n} lookups", hits=count(hits), n=count(hits + misses))
    return (Figure(msg("Cache hits"), ratio(hits / (hits + misses)), of),)


def _in_flight(report: Report) -> tuple[Figure, ...]:
    """Gauges of the scrape, whatever the window is."""
    now = report.sections.resilience
    found = ((msg("In flight"), now.in_flight), (msg("Queued"), now.queued))
    return tuple(Figure(name, count(n), msg("at the scrape")) for name, n in found)


def _instances(report: Report) -> tuple[Figure, ...]:
    found = report.sections.instances
    if not found:
        return ()
    if all(row.health == "unknown" and row.health_note is None for row in found):
        return (Figure(msg("Instances now"), count(len(found)), msg("their health is not reported")),)
    ok = sum(row.health == "ok" and not row.unanswered for row in found)
    bad = _digest.worst_first([row for row in found if row.health != "ok"])
    others = [
        *(msg("{instance} {state}", instance=row.instance, state=state(row.health).word) for row in bad),
        *(
            msg("{instance} answered 0 of {n}", instance=row.instance, n=count(row.unanswered))
            for row in found
            if row.unanswered
        ),
    ]
    value = msg("{hits} of {n} ok", hits=count(ok), n=count(len(found)))
    note = abbreviated(few(others)) or msg("none is down")
    return (Figure(msg("Instances now"), value, note, _tone(report, "instances")),)


def _slow(report: Report) -> tuple[Figure, ...]:
    note = msg("longer than {limit}", limit=seconds(report.window.slow_seconds))
    counts = report.sections.window_counts
    # Without a duration "0" would say that none was slow.
    slow = ABSENT if counts.timed_requests == 0 else count(counts.slow_requests)
    return (Figure(msg("Slow requests"), slow, note, _tone(report, "slow")),)


def _tokens(traffic: Totals) -> tuple[Figure, ...]:
    total = traffic.total
    return (
        Figure(msg("Cost"), text(total.figures.get("cost_usd"), "cost_usd"), ""),
        Figure(msg("Input tokens"), count(total.tokens.input), ""),
        Figure(msg("Output tokens"), count(total.tokens.output), ""),
    )


def _targets(report: Report) -> tuple[Figure, ...]:
    """How many processes answer, where something says that."""
    rows = [row for row in report.targets if row.up != "unknown"]
    if not rows:
        return ()
    bad = [row.target for row in rows if row.up != "up"]
    value = msg("{hits} of {n} up", hits=count(len(rows) - len(bad)), n=count(len(rows)))
    return (Figure(msg("Targets now"), value, join(", ", map(abbreviated, bad[:_NAMED])), "bad" if bad else "muted"),)


def _limit(report: Report, figure: KeyFigure) -> str:
    """The threshold of the figure's check for the total, if it was compared with one."""
    found = (
        one for one in report.findings if one.key_figure == figure and not one.subject and one.threshold is not None
    )
    one = next(found, None)
    return msg("threshold {limit}", limit=quantity(one.threshold, one.unit)) if one else ""


def _tone(report: Report, figure: KeyFigure) -> Tone:
    """The colour of the worst finding of the check behind the figure; none for waived, unknown and skipped ones."""
    found = _finding_texts.worst_first([one for one in report.findings if one.key_figure == figure])
    return state(found[0].status).tone if found and not found[0].waived else "muted"


NOT_REDACTED = msg("off: keys, tokens and addresses in this report are as the sources hold them")


def sections(report: Report) -> tuple[Section, ...]:
    """The inputs that the report rests on."""
    return (Section(msg("Inputs"), "head", (_facts(report), *_inputs(report.inputs)), evidence=True),)


def subject(report: Report) -> str:
    """Which gateway it is, in which environment, and where it was read."""
    read = [one.target for one in report.inputs if one.status == "ok" and one.kind != "history"]
    places = read or [one.target for one in report.inputs if one.status == "unavailable"]
    return join(" · ", [gateway(report), report.gateway.environment or "", join(", ", places)])


def gateway(report: Report) -> str:
    """The gateway's name and version, as far as they are known."""
    info = report.gateway
    if info.name == "unknown":
        return msg("unknown gateway")
    name = info.title or info.name
    if not info.version:
        return msg("{name}, version not reported", name=name)
    # A definition's title may name the release it was written for.
    return name if info.version in name else f"{name} {info.version}"


def lines(report: Report) -> tuple[str, ...]:
    """What a reader of the verdict asks next: when, over what time, and the tally of the checks."""
    tally = msg("Checks: {tally}; exit code {code}.", tally=_finding_texts.tally(report.findings), code=_code(report))
    return _over(report), tally


def _over(report: Report) -> str:
    at, outcomes = _both(report.at, report), report.sections.outcomes
    evaluated = outcomes if outcomes and outcomes.evaluated == "yes" else None
    if evaluated and evaluated.source == "metrics" and evaluated.since:
        since = clock(evaluated.since, report.at)
        if report.sections.history and report.sections.history.restart_excluded == "no":
            return msg(
                "Evaluated at {time}: what was counted since {since}; a restart in between is not excluded.",
                time=at,
                since=since,
            )
        return msg("Evaluated at {time}: what was counted since {since}.", time=at, since=since)
    if evaluated and evaluated.basis == "lifetime":
        return msg("Evaluated at {time} over the life of the process.", time=at)
    window, begin = seconds(report.window.seconds), clock(report.window.since, report.at)
    return msg("Evaluated at {time} over the last {window}, from {begin}.", time=at, window=window, begin=begin)


def written(report: Report) -> str:
    """Who wrote the report, and when."""
    tool = report.tool
    when = _both(report.generated_at, report)
    return msg("Generated by {tool} at {time}.", tool=f"{tool.name} {tool.version}", time=when)


def _both(at: str, report: Report) -> str:
    local = _local(at, report.setup.utc_offset_seconds)
    return msg("{time} ({local})", time=moment(at), local=local.text) if local else moment(at)


def _local(at: str, offset_seconds: int | None) -> Time | None:
    """The same instant on the clocks of the machine that wrote the report; None where they show UTC."""
    if not offset_seconds:
        return None
    try:
        local = datetime.fromisoformat(at).astimezone(timezone(timedelta(seconds=offset_seconds)))
    except (ValueError, OverflowError):  # a time that no calendar holds stays what it is
        return None
    return Time(f"{local:%Y-%m-%d %H:%M:%S} {local:%z}", at)


def _facts(report: Report) -> FactsBlock:
    window, setup = report.window, report.setup
    local = _local(report.at, report.setup.utc_offset_seconds)
    rows: tuple[tuple[str, Cell], ...] = (
        (msg("Recognised by"), optional(join(", ", map(msg, report.gateway.detected_by)))),
        *(((msg("In local time"), local),) if local else ()),
        (msg("Window"), _window(window)),
        (msg("Trend window"), seconds(window.trend_seconds)),
        (msg("Configuration"), code(setup.config_file) if setup.config_file else msg("defaults, no file")),
        *(((msg("Loosened by it"), code("; ".join(setup.loosened))),) if setup.loosened else ()),
        *(((msg("Preset"), code(setup.preset)),) if setup.preset else ()),
        *(((msg("Redaction"), NOT_REDACTED),) if setup.redacted == "no" else ()),
    )
    return FactsBlock(rows)


def _window(window: Window) -> str:
    return msg(
        "{window}: after {since}, up to {until}",
        window=seconds(window.seconds),
        since=moment(window.since),
        until=moment(window.until),
    )


def _code(report: Report) -> str:
    """With its word where the codes are not the usual ones."""
    ended = report.exit
    return f"{ended.code} ({ended.profile}: {nagios(ended.code)})" if ended.profile == "nagios" else str(ended.code)


def _inputs(inputs: tuple[Input, ...]) -> tuple[Block, ...]:
    if not inputs:
        return ()
    columns: tuple[Column[Input], ...] = (
        column("Input", lambda source: msg(source.kind)),
        column("Target", lambda source: code(source.target)),
        column("State", lambda source: state(source.status)),
        number("Took", lambda source: seconds(source.elapsed_seconds)),
        column("Chosen by", lambda source: msg(source.origin) if source.origin else ABSENT),
        column("Reason", lambda source: msg(source.reason) if source.reason else ABSENT),
    )
    hints = (
        msg("To read the {kind}: {hint}", kind=msg(source.kind), hint=msg(source.hint))
        for source in inputs
        if source.hint and source.status != "ok"
    )
    notes = (*hints, *(msg(note) for source in inputs for note in source.notes))
    return (table(msg("Where the figures came from"), inputs, columns, notes=notes, sparse=True),)
