"""The query `traffic` over the event relation: sums and percentiles of every quantity of the vocabulary, per group."""

# ruff: noqa: S608 - the text is made of names of the vocabulary alone

from llmgw_report.model.quantities import DURATIONS, PERCENTILES, ROW_FIGURES, TOKEN_TYPES

#: Columns of the relation that are durations of one request, in seconds, by the prefix of their columns in `traffic`.
_DURATIONS = {
    "" if one.by_name else f"{one.field}_": "seconds" if one.by_name else f"{one.field}_seconds" for one in DURATIONS
}
DURATION_COLUMNS = tuple(_DURATIONS.values())
#: Columns that add up over requests -> unit.
SUMMED_COLUMNS = {
    **{one.field: "{token}" for one in TOKEN_TYPES.values()},
    **{one.field: one.unit for one in ROW_FIGURES if one.kind == "counter"},
}

_GROUP = """CASE :group_by WHEN 'provider' THEN provider WHEN 'model' THEN model WHEN 'api-key' THEN api_key
  ELSE 'all' END"""
#: low and high are ranks between which the true p99 lies in 95 of 100 samples, 1.96 binomial deviations around it.
_RANKS = {
    **{name: f"CAST(ceil({one.ratio} * n - 1e-9) AS INTEGER)" for name, one in PERCENTILES.items()},
    **{
        f"{name}_{end}": text.format(p=one.ratio, d=1.96 * (one.ratio * (1 - one.ratio)) ** 0.5)
        for name, one in PERCENTILES.items()
        if one.interval
        for end, text in (
            ("low", "max(1, CAST({p} * n - {d:.5f} * sqrt(n) AS INTEGER))"),
            ("high", "min(n, CAST({p} * n + {d:.5f} * sqrt(n) AS INTEGER) + 2)"),
        )
    },
}


def traffic() -> str:
    """One row per group and one with `total` 1, as `TrafficRecord` describes it.

    The time that a success took and the time that a failure took are two figures: only successes are in a distribution.
    """
    parts = [_part("0", _GROUP), _part("1", "NULL")]
    sums = ", ".join(f"sum({name}) AS {name}" for name in (*SUMMED_COLUMNS, "implausible"))
    tables = [
        f"part AS ({' UNION ALL '.join(parts)})",
        f"summed AS (SELECT total, grp, count(*) AS requests, {sums} FROM part GROUP BY total, grp)",
    ]
    joins = []
    for number, (prefix, column) in enumerate(_DURATIONS.items()):
        name = f"duration{number}"
        tables += _duration(name, prefix, column)
        joins.append(f"LEFT JOIN {name} ON {name}.total = summed.total AND {name}.grp IS summed.grp")
    shown = ", ".join(f"duration{number}.{name}" for number, prefix in enumerate(_DURATIONS) for name in _named(prefix))
    wanted = ", ".join(
        f"summed.{name} AS {name}" for name in ("total", "grp", "requests", *SUMMED_COLUMNS, "implausible")
    )
    return f"WITH {', '.join(tables)} SELECT {wanted}, {shown} FROM summed {' '.join(joins)}"


def _part(total: str, group: str) -> str:
    names = ", ".join((*DURATION_COLUMNS, *SUMMED_COLUMNS, "implausible", "outcome"))
    return f"SELECT {total} AS total, {group} AS grp, {names} FROM llmgw_requests WHERE kind = 'request'"


def _named(prefix: str) -> list[str]:
    """The columns of one latency family, as `DurationColumns` reads them."""
    return [
        f"{prefix}{name}" for name in ("observed", "mean_seconds", *(f"{name}_seconds" for name in _RANKS), "buckets")
    ]


def _duration(name: str, prefix: str, column: str) -> list[str]:
    """The tables that make up `name`: one row per group with n, mean, percentiles and the sketch of the durations.

    Single durations are ranked without count(*) OVER: a window over all rows costs more than the rest.
    """
    timed = f"SELECT total, grp, {column} AS seconds FROM part WHERE {column} IS NOT NULL AND outcome = 'success'"
    ranks = ", ".join(f"{text} AS {rank}" for rank, text in _RANKS.items())
    picked = ", ".join(f"max(seconds) FILTER (WHERE place = {rank}) AS {prefix}{rank}_seconds" for rank in _RANKS)
    places = ", ".join(_RANKS)
    return [
        f"{name}_timed AS ({timed})",
        f"""{name}_counted AS (SELECT total, grp, count(*) AS n, avg(seconds) AS mean FROM {name}_timed
          GROUP BY total, grp)""",
        f"{name}_ranks AS (SELECT *, {ranks} FROM {name}_counted)",
        f"""{name}_places AS (SELECT total, grp, seconds, row_number() OVER (PARTITION BY total, grp ORDER BY seconds)
          AS place FROM {name}_timed)""",
        # Ten buckets for each power of ten: bucket 10 holds what took more than 7.9 s and up to 10 s.
        f"""{name}_buckets AS (SELECT total, grp, json_group_object(place, n) AS buckets FROM (SELECT total, grp,
          CAST(ceil(10 * log10(max(seconds, 0.001))) AS INTEGER) AS place, count(*) AS n FROM {name}_timed
          GROUP BY 1, 2, 3) GROUP BY total, grp)""",
        f"""{name} AS (SELECT ranks.total AS total, ranks.grp AS grp, n AS {prefix}observed,
          mean AS {prefix}mean_seconds, {picked}, sketch.buckets AS {prefix}buckets FROM {name}_ranks AS ranks
          JOIN {name}_places AS one ON one.total = ranks.total AND one.grp IS ranks.grp AND place IN ({places})
          JOIN {name}_buckets AS sketch ON sketch.total = ranks.total AND sketch.grp IS ranks.grp
          GROUP BY ranks.total, ranks.grp)""",
    ]
