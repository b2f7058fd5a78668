"""The head: which gateway, which instant, and where each figure came from."""

from datetime import datetime, timedelta, timezone

from llmgw_report.messages import join, msg
from llmgw_report.model.finding import KeyFigure, nagios
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Input, Report, Window
from llmgw_report.model.sections import Latency, Totals
from llmgw_report.renderers import _finding_texts
from llmgw_report.renderers._view import targets
from llmgw_report.renderers._view._cells import Column, code, column, number, optional, state, table, time
from llmgw_report.renderers._view.blocks import Block, Cell, FactsBlock, Figure, Items, Paragraph, Section, Time, Tone
from llmgw_report.units import ABSENT, count, moment, ratio, ratio_interval, seconds, text


def figures(report: Report) -> tuple[Figure, ...]:
    """The key figures that are known; what is absent has its reason in the sections."""
    traffic = report.sections.traffic
    found = (
        *_traffic(report, traffic),
        *_tokens(report, traffic),
        *_latency(report),
        *_first_token(report, traffic),
        *_cache(report, traffic),
        *_in_flight(report),
        *_instances(report),
        *_slow(report),
        *_lifetime(report),
    )
    return tuple(one for one in found if one.value != ABSENT)


def _traffic(report: Report, traffic: Totals | None) -> tuple[Figure, ...]:
    """Figures of the window where rows count them, else the totals of the process."""
    if traffic is None:
        return ()
    total, since, ended = traffic.total, _since(report, traffic), traffic.total.outcomes or OutcomeCounts()
    errors = msg("{hits} of {n} requests", hits=count(ended.service), n=count(ended.base))
    unattributed = msg("{n} unattributed", n=count(ended.unattributed)) if ended.unattributed else ""
    ratio = ratio_interval(total.error_ratio.low, total.error_ratio.high) if total.error_ratio else ABSENT
    return (
        Figure(msg("Requests"), count(total.requests), since),
        Figure(msg("Error ratio"), ratio, join(", ", [errors, unattributed, since]), _tone(report, "errors")),
    )


def _lifetime(report: Report) -> tuple[Figure, ...]:
    """Totals of the process, unless they are the traffic that stands above."""
    totals = report.sections.lifetime_traffic
    if totals is None or totals is report.sections.traffic:
        return ()
    return (Figure(msg("Requests since the start"), count(totals.total.requests), _since(report, totals)),)


def _since(report: Report, traffic: Totals) -> str:
    if traffic.basis == "window" and not report.sections.is_since_run(traffic):
        return join(", ", [msg("in the last {window}", window=seconds(report.window.seconds)), targets.counted(report)])
    return msg("since {time}", time=moment(traffic.since)) if traffic.since else msg("since an unknown time")


def _latency(report: Report) -> tuple[Figure, ...]:
    """The traffic of the window where there are rows, else that of the lifetime."""
    for traffic in (report.sections.window_traffic, report.sections.lifetime_traffic):
        latency = traffic.total.latency if traffic else Latency()
        # A summary's percentile is of its last minute, whatever its n counts.
        if traffic and latency.p99.seconds is not None and latency.source != "summary":
            n = msg("n = {n}", n=count(latency.count))
            if latency.population:
                n = msg("n = {n} ({population})", n=count(latency.count), population=msg(latency.population))
            note = join(", ", [n, _since(report, traffic)])
            return (Figure(msg("Latency p99"), seconds(latency.p99.seconds), note, _tone(report, "latency")),)
    return ()


def _first_token(report: Report, traffic: Totals | None) -> tuple[Figure, ...]:
    """The largest percentile that n is large enough for."""
    if traffic is None or (found := traffic.total.durations.get("time-to-first-token")) is None:
        return ()
    known = [(name, value.seconds) for name, value in found.percentiles.items() if value.seconds is not None]
    if not known or found.source == "summary":
        return ()
    name, value = known[-1]
    note = join(", ", [msg("n = {n}", n=count(found.count)), _since(report, traffic)])
    return (Figure(msg("Time to first token {name}", name=name), seconds(value), note),)


def _cache(report: Report, traffic: Totals | None) -> tuple[Figure, ...]:
    """Hits of all lookups, or alone where the misses are not counted."""
    figures = traffic.total.figures if traffic else {}
    hits, misses = figures.get("cache_hits"), figures.get("cache_misses")
    if traffic is None or hits is None:
        return ()
    if not misses:
        return (Figure(msg("Cache hits"), count(hits), _since(report, traffic)),)
    of = msg("{hits} of {n} lookups", hits=count(hits), n=count(hits + misses))
    return (Figure(msg("Cache hits"), ratio(hits / (hits + misses)), join(", ", [of, _since(report, traffic)])),)


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
        return (Figure(msg("Instances"), count(len(found)), msg("their health is not reported")),)
    ok = sum(row.health == "ok" for row in found)
    bad = (row for row in found if row.health != "ok")
    others = join(", ", (msg("{instance} {state}", instance=row.instance, state=state(row.health).word) for row in bad))
    value = msg("{hits} of {n} ok", hits=count(ok), n=count(len(found)))
    return (Figure(msg("Instances"), value, others or msg("none is down"), _tone(report, "instances")),)


def _slow(report: Report) -> tuple[Figure, ...]:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    note = msg("longer than {limit} in the last {window}", limit=limit, window=window)
    return (Figure(msg("Slow requests"), count(report.sections.slow_count), note, _tone(report, "slow")),)


def _tokens(report: Report, traffic: Totals | None) -> tuple[Figure, ...]:
    if traffic is None:
        return ()
    total, since = traffic.total, _since(report, traffic)
    return (
        Figure(msg("Cost"), text(total.figures.get("cost_usd"), "cost_usd"), since),
        Figure(msg("Input tokens"), count(total.tokens.input), since),
        Figure(msg("Output tokens"), count(total.tokens.output), since),
    )


def _tone(report: Report, figure: KeyFigure) -> Tone:
    """The colour of the worst finding of the check behind the figure; none for waived, unknown and skipped ones."""
    found = _finding_texts.worst_first([one for one in report.findings if one.key_figure == figure])
    return state(found[0].status).tone if found and not found[0].waived else "muted"


NOT_REDACTED = msg("off: keys, tokens and addresses in this report are as the sources hold them")


def sections(report: Report) -> tuple[Section, ...]:
    """The conclusion, and the inputs that it rests on."""
    return (
        Section(msg("Conclusion"), "conclusion", _conclusion(report)),
        Section(msg("Inputs"), "head", (_facts(report), *_inputs(report.inputs)), evidence=True),
    )


def _conclusion(report: Report) -> tuple[Block, ...]:
    conclusion = report.conclusion
    lists = (Items(msg("What works"), conclusion.works), Items(msg("What to improve"), conclusion.improve))
    return (Paragraph(conclusion.state), *(items for items in lists if items.rows))


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
    """What a reader of the verdict asks first: when, over what time, and the tally of the checks."""
    at, outcomes = _both(report.at, report), report.sections.outcomes
    if outcomes and outcomes.evaluated == "yes" and outcomes.source == "metrics" and outcomes.since:
        over = msg("Evaluated at {time}: what was counted since {since}.", time=at, since=moment(outcomes.since))
        if report.sections.history and report.sections.history.restart_excluded == "no":
            over = msg(
                "Evaluated at {time}: what was counted since {since}; a restart in between is not excluded.",
                time=at,
                since=moment(outcomes.since),
            )
    elif outcomes and outcomes.evaluated == "yes" and outcomes.basis == "lifetime":
        over = msg("Evaluated at {time} over the life of the process.", time=at)
    else:
        over = msg("Evaluated at {time} over the last {window}.", time=at, window=seconds(report.window.seconds))
    return (
        over,
        msg("Checks: {tally}; exit code {code}.", tally=_finding_texts.tally(report.findings), code=_code(report)),
    )


def written(report: Report) -> str:
    """Who wrote the report, and when."""
    tool = report.tool
    when = _both(report.generated_at, report)
    return msg("Generated by {tool} at {time}.", tool=f"{tool.name} {tool.version}", time=when)


def _both(at: str, report: Report) -> str:
    local = _local(at, report.utc_offset_seconds)
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
    window = report.window
    local = _local(report.at, report.utc_offset_seconds)
    rows: tuple[tuple[str, Cell], ...] = (
        (msg("Gateway"), gateway(report)),
        (msg("Recognised by"), optional(join(", ", map(msg, report.gateway.detected_by)))),
        (msg("Evaluated at"), time(report.at)),
        *(((msg("In local time"), local),) if local else ()),
        (msg("Window"), _window(window)),
        (msg("Trend window"), seconds(window.trend_seconds)),
        (msg("Configuration"), code(report.config_file) if report.config_file else msg("defaults, no file")),
        *(((msg("Loosened by it"), code("; ".join(report.config_loosened))),) if report.config_loosened else ()),
        *(((msg("Preset"), code(report.preset)),) if report.preset else ()),
        (msg("Tool"), f"{report.tool.name} {report.tool.version}"),
        *(((msg("Redaction"), NOT_REDACTED),) if report.redacted == "no" else ()),
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
        if source.hint
    )
    notes = (*hints, *(msg(note) for source in inputs for note in source.notes))
    return (table(msg("Where the figures came from"), inputs, columns, notes=notes, sparse=True),)
