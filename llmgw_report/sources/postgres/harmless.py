"""What a query may do: compute, on the tables that are shown to it, with functions that are known to do no more.

PostgreSQL has no authorizer, and what a role may call is a lot: functions that run a text as SQL, end the sessions of
others, take locks that nothing releases, or read what the planner keeps of a column's values.
"""

import re
from collections.abc import Iterator, Sequence

from llmgw_report.messages import msg
from llmgw_report.sources.postgres.lexer import Token

#: Words before a bracket that call nothing.
_NO_CALLS = """
    all and any array as asc between bit bpchar by case cast char character check cube dec decimal default desc
    distinct else end except exists fetch filter first float following for from group grouping having ilike in inner
    intersect interval is isnull join lateral left like limit materialized minus national natural nchar not notnull
    null numeric offset on or order outer over partition preceding precision range recursive right rollup row rows
    select sets similar some then time timestamp timestamptz timetz to union using values varbit varchar varying
    when where window with within zone
"""
#: Aggregates, arithmetic, texts, times, arrays and JSON.
_HARMLESS = """
    abs acos age array_agg array_append array_cat array_dims array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii asin
    atan atan2 avg bigint bit_and bit_length bit_or bool bool_and bool_or boolean btrim cardinality cbrt ceil
    ceiling char_length character_length chr clock_timestamp coalesce concat concat_ws corr cos cot count covar_pop
    covar_samp cume_dist current_time current_timestamp date date_bin date_part date_trunc decode degrees dense_rank
    div encode every exp extract factorial first_value float4 float8 floor format gcd generate_series
    generate_subscripts greatest initcap int int2 int4 int8 integer isfinite json_agg json_array_elements
    json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text
    json_extract_path json_extract_path_text json_object json_object_agg json_object_keys json_strip_nulls
    json_to_record json_to_recordset json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_match
    jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls
    jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm
    lead least left length ln localtime localtimestamp log log10 lower lpad ltrim make_date make_interval make_time
    make_timestamp make_timestamptz max md5 min mod mode normalize now nth_value ntile nullif num_nonnulls num_nulls
    octet_length overlay percent_rank percentile_cont percentile_disc pg_column_size pg_size_pretty pg_typeof pi
    position power quote_ident quote_literal quote_nullable radians random range_agg rank real regexp_count
    regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
    regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat
    replace reverse right round row_number row_to_json rpad rtrim scale sha224 sha256 sha384 sha512 sign sin
    smallint split_part sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg
    string_to_array string_to_table strpos substr substring sum tan text timezone to_char to_date to_hex to_json
    to_jsonb to_number to_regclass to_timestamp transaction_timestamp translate trim trim_scale trunc unnest upper
    uuid var_pop var_samp variance width_bucket
"""
_WORDS, _FUNCTIONS = frozenset(_NO_CALLS.split()), frozenset(_HARMLESS.split())
#: What of PostgreSQL's own a query may name: its schema, before a function; the product's queries also the table with
#: estimated numbers of rows.
_OWN_NAMES = frozenset(("pg_catalog", "pg_column_size", "pg_size_pretty", "pg_typeof"))
_OF_BUILTIN = frozenset(("pg_class",))
_SELECT_ONLY = msg("only SELECT is allowed, on the ordinary tables of this database")
_UNKNOWN_FUNCTION = msg("calls {function}(), which is none of the functions that a query may call")


def refusal(
    read: Sequence[Token],
    schemas: frozenset[str],
    definers: frozenset[str],
    others: frozenset[tuple[str, str]] = frozenset(),
    *,
    builtin: bool,
) -> str | None:
    """Why a query may not run, or None.

    `schemas` are those whose tables are shown without them, `others` are further tables that it may not read, and
    `definers` the functions of the database that run with more rights than the role has: these are called under a
    column's name as well.
    """
    names = [token for token in read if token.kind not in {"hidden", "blank"}]
    first = next((token for token in names if token.text != "("), None)
    if first is None or first.kind != "name" or first.value not in {"select", "with", "values"}:
        return _SELECT_ONLY
    for schema, dot, table in zip(names, names[1:], names[2:], strict=False):
        if (schema.value, table.value) in others and dot.text == ".":
            return msg("reads {name}, which is no table of the product", name=f"{schema.value}.{table.value}")
    return next(_problems(names, schemas, definers, builtin=builtin), None)


def _problems(
    names: Sequence[Token], schemas: frozenset[str], definers: frozenset[str], *, builtin: bool
) -> Iterator[str]:
    own = _OWN_NAMES | _OF_BUILTIN if builtin else _OWN_NAMES
    for place, token in enumerate(names):
        if token.kind not in {"name", "quoted"}:
            continue
        after = names[place + 1].text if place + 1 < len(names) else ""
        before = names[place - 1] if place else None
        if token.value in definers:
            yield msg("names {name}, a function that may do more than this role", name=token.value)
        if re.match(r"pg_|information_schema\Z", token.value) and token.value not in own and after != "(":
            yield msg("reads {name}, which is PostgreSQL's own", name=token.value)
        if after == "." and token.value in schemas:
            yield msg("names the schema {schema}: name its tables without it", schema=token.value)
        if token.kind == "name" and token.value == "operator" and after == "(":
            yield msg(_UNKNOWN_FUNCTION, function=token.value)
        if after == "(" and not _is_known(token, before):
            yield msg(_UNKNOWN_FUNCTION, function=token.value)


def _is_known(token: Token, before: Token | None) -> bool:
    """Whether a name before a bracket calls nothing, or a harmless function.

    After AS, or the WITH of a query, it is the name of a table whose columns follow.
    """
    if before is not None and before.kind == "name" and before.value in {"as", "with", "recursive"}:
        return True
    return token.value in _FUNCTIONS or (token.kind == "name" and token.value in _WORDS)
