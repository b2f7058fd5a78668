"""The key figures, each with what qualifies it; their tone is what the check of that figure said."""

from llmgw_report.model.message import join, say
from llmgw_report.model.report import Report
from llmgw_report.model.traffic import Traffic
from llmgw_report.renderers import _findings
from llmgw_report.renderers._view._cells import state
from llmgw_report.renderers._view.blocks import Figure, Tone
from llmgw_report.units import ABSENT, count, moment, ratio, seconds


def figures(report: Report) -> tuple[Figure, ...]:
    """Those that there is a figure for; what is absent from the report has its reason in the sections."""
    found = (
        *_traffic(report, report.sections.traffic),
        *_tokens(report),
        *_traffic(report, report.sections.traffic_window),
        *_latency(report),
        *_instances(report),
        *_slow(report),
    )
    return tuple(one for one in found if one.value != ABSENT)


def _traffic(report: Report, traffic: Traffic | None) -> tuple[Figure, ...]:
    if traffic is None:
        return ()
    total = traffic.total
    since = _since(report, traffic)
    beside = traffic.basis == "window" and report.sections.traffic is not None
    errors = say("{hits} of {n} requests, {since}", hits=count(total.errors), n=count(total.error_base), since=since)
    return (
        Figure(say("Requests in the window") if beside else say("Requests"), count(total.requests), since),
        Figure(
            say("Error ratio in the window") if beside else say("Error ratio"),
            ratio(total.error_ratio),
            errors,
            _tone(report, "error-ratio"),
        ),
    )


def _since(report: Report, traffic: Traffic) -> str:
    if traffic.basis == "window":
        return say("in the last {window}", window=seconds(report.window.seconds))
    return say("since {time}", time=moment(traffic.since)) if traffic.since else say("since an unknown time")


def _latency(report: Report) -> tuple[Figure, ...]:
    """Of the window where rows tell it, else of the lifetime."""
    for traffic in (report.sections.traffic_window, report.sections.traffic):
        if traffic and traffic.total.latency.p99_seconds is not None:
            latency = traffic.total.latency
            n = say("n = {n}", n=count(latency.count))
            if latency.population:
                n = say("n = {n} ({population})", n=count(latency.count), population=say(latency.population))
            note = join(", ", [n, _since(report, traffic)])
            return (Figure(say("Latency p99"), seconds(latency.p99_seconds), note, _tone(report, "latency-p99")),)
    return ()


def _instances(report: Report) -> tuple[Figure, ...]:
    found = report.sections.instances
    if not found:
        return ()
    ok = sum(row.health == "ok" for row in found)
    bad = (row for row in found if row.health != "ok")
    others = join(", ", (say("{instance} {state}", instance=row.instance, state=state(row.health).word) for row in bad))
    value = say("{hits} of {n} ok", hits=count(ok), n=count(len(found)))
    return (Figure(say("Instances"), value, others or say("none is down"), _tone(report, "instance-health")),)


def _slow(report: Report) -> tuple[Figure, ...]:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    note = say("longer than {limit} in the last {window}", limit=limit, window=window)
    return (Figure(say("Slow requests"), count(report.sections.slow_count), note, _tone(report, "slow-requests")),)


def _tokens(report: Report) -> tuple[Figure, ...]:
    traffic = report.sections.traffic or report.sections.traffic_window
    if traffic is None:
        return ()
    total, since = traffic.total, _since(report, traffic)
    return (
        Figure(say("Input tokens"), count(total.input_tokens), since),
        Figure(say("Output tokens"), count(total.output_tokens), since),
    )


def _tone(report: Report, check: str) -> Tone:
    """Of the worst that a check said; what is waived, unknown or skipped has no colour."""
    found = _findings.worst_first([one for one in report.findings if one.check == check])
    return state(found[0].status).tone if found and not found[0].waived else "muted"
