"""Tells the gateways of one history apart: by source, and by what their counters name. Nothing secret is kept."""

from pathlib import Path

from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, Settings
from llmgw_report.model.outcomes import Dimension, Outcomes
from llmgw_report.redaction import redact
from llmgw_report.redaction.urls import shown_url


def source_key(settings: Settings) -> str:
    """The address that may be shown, and a digest of what else chooses the gateway.

    The names of saved scrapes often hold a date, and say nothing. A bearer token says who asks, and may change hourly.
    """
    metrics, database = settings.metrics, settings.database
    if metrics is None:
        return "database" if database is None else f"database {_digest(_database(database))}"
    if metrics.url is None:
        return "file"
    shown = redact(metrics.shown or "")
    plain = shown_url(metrics.url) == metrics.url and not metrics.headers
    return shown if plain else f"{shown} {_digest(_chosen(metrics))}"


def _chosen(metrics: MetricsTarget) -> str:
    headers = sorted(f"{name.lower()}: {value}" for name, value in metrics.headers)
    return "\0".join([metrics.url or "", *headers])


def _database(database: DatabaseTarget) -> str:
    """Of many files the folders: a replica that comes or goes is no other gateway."""
    if database.url is not None:
        return database.path
    if database.files:
        return "\0".join(sorted({str(Path(one).resolve().parent) for one in database.files}))
    return str(Path(database.path).resolve())


def _digest(text: str) -> str:
    """Long enough to tell a few gateways apart, and too short to prove what somebody guesses of a secret in it."""
    from hashlib import blake2b  # only a run with a history pays for it

    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4, person=b"source").hexdigest()


def is_another(before: Outcomes | None, now: Outcomes | None) -> bool:
    """Whether two readings have nothing in common of the finest that both name: a restart keeps some of its names."""
    if before is None or now is None:
        return False
    dimensions: tuple[Dimension, ...] = ("instance", "model", "provider")
    named = ((_names(before, one), _names(now, one)) for one in dimensions)
    return next((old.isdisjoint(new) for old, new in named if old and new), False)


def _names(found: Outcomes, dimension: Dimension) -> set[str]:
    return {one.subject[dimension] for one in found.subjects if dimension in one.subject}
