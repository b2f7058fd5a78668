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

#: Successes with tokens. What was billed for a failure is in the sums.
_COUNTED = "count(coalesce(input_tokens, output_tokens)) FILTER (WHERE outcome = 'success') AS counted"


def traffic() -> str:
    """One row per group and one with `total` 1, as `TrafficRecord` describes it.

    The time that a success took and the time that a failure took are two figures: only successes are in a distribution.
    The rows are sorted by group once for the sums and once for each latency family; what is of all groups is made of
    the groups.
    """
    sums = ", ".join(f"sum({name}) AS {name}" for name in (*SUMMED_COLUMNS, "implausible"))
    tables = [
        f"""grouped AS MATERIALIZED (SELECT {_GROUP} AS grp, count(*) AS requests, {_COUNTED}, {sums}
          FROM llmgw_requests WHERE kind = 'request' GROUP BY 1)""",
        f"""summed AS (SELECT 0 AS total, * FROM grouped
          UNION ALL SELECT 1, NULL, coalesce(sum(requests), 0) AS requests, sum(counted) AS counted, {sums}
          FROM grouped)""",
    ]
    joins = []
    for number, (prefix, column) in enumerate(_DURATIONS.items()):
        name = f"duration{number}"
        tables += _duration(name, prefix, column)
        joins.append(f"LEFT JOIN {name} ON {name}.total = summed.total AND {name}.grp IS summed.grp")
    shown = ", ".join(f"duration{number}.{name}" for number, prefix in enumerate(_DURATIONS) for name in _named(prefix))
    return f"WITH {', '.join(tables)} SELECT summed.*, {shown} FROM summed {' '.join(joins)}"


def _named(prefix: str) -> list[str]:
    """The columns of one latency family, as `DurationColumns` reads them."""
    ranks = (f"{name}_seconds" for name in _RANKS)
    return [f"{prefix}{name}" for name in ("observed", "mean_seconds", *ranks, "buckets")]


def _duration(name: str, prefix: str, column: str) -> list[str]:
    """The tables that make up `name`: one row per group with n, mean, percentiles and the sketch of the durations.

    Equal durations are counted together, and a percentile is the first of them that so many are not longer than. A
    window function over single rows would take three times as long.
    """
    ranks = ", ".join(f"{text} AS {rank}" for rank, text in _RANKS.items())
    picked = ", ".join(f"min(seconds) FILTER (WHERE upto >= {rank}) AS {prefix}{rank}_seconds" for rank in _RANKS)
    return [
        f"""{name}_of AS MATERIALIZED (SELECT {_GROUP} AS grp, {column} AS seconds, count(*) AS n FROM llmgw_requests
          WHERE kind = 'request' AND outcome = 'success' AND {column} IS NOT NULL GROUP BY 1, 2)""",
        f"""{name}_all AS MATERIALIZED (SELECT 0 AS total, grp, seconds, n FROM {name}_of
          UNION ALL SELECT 1, NULL, seconds, sum(n) FROM {name}_of GROUP BY seconds)""",
        f"""{name}_upto AS (SELECT *, sum(n) OVER (PARTITION BY total, grp ORDER BY seconds) AS upto
          FROM {name}_all)""",
        f"""{name}_ranks AS (SELECT *, {ranks} FROM (SELECT total, grp, sum(n) AS n, sum(n * seconds) / sum(n) AS mean
          FROM {name}_all GROUP BY total, grp))""",
        # Ten buckets for each power of ten: bucket 10 holds what took more than 7.9 s and up to 10 s.
        f"""{name}_buckets AS (SELECT total, grp, json_group_object(place, n) AS buckets FROM (SELECT total, grp,
          CAST(ceil(10 * log10(max(seconds, 0.001))) AS INTEGER) AS place, sum(n) AS n FROM {name}_all
          GROUP BY 1, 2, 3) GROUP BY total, grp)""",
        f"""{name} AS (SELECT ranks.total AS total, ranks.grp AS grp, ranks.n AS {prefix}observed,
          mean AS {prefix}mean_seconds, {picked}, sketch.buckets AS {prefix}buckets FROM {name}_ranks AS ranks
          JOIN {name}_upto AS one ON one.total = ranks.total AND one.grp IS ranks.grp
          JOIN {name}_buckets AS sketch ON sketch.total = ranks.total AND sketch.grp IS ranks.grp
          GROUP BY ranks.total, ranks.grp)""",
    ]
