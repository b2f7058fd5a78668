"""What a role may read: what is missing for a report, what it should not have, and the GRANT that would do."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from llmgw_report.messages import Message, msg
from llmgw_report.model.database import Access, Schema
from llmgw_report.sources.sqlite.query import looks_like_content

#: Every column of every table that the role may read a part of: is it visible without a schema's name, and readable?
TABLES = """SELECT c.relname::text, n.nspname::text, a.attname::text,
  pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
  pg_catalog.pg_table_is_visible(c.oid), pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
ORDER BY c.relname, a.attnum LIMIT 100000"""

#: Functions that run with the rights of their owner.
DEFINERS = """SELECT DISTINCT p.proname::text FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""

Row = tuple[str, str, str, str, bool, bool]


class Rights(Struct, frozen=True, kw_only=True):
    """What the role may read of this database.

    `schema` has the tables that need no schema's name, with the columns that may be read; `places` are their names with
    it, quoted, and `schemas` are theirs. `unreadable` columns of them may not be read. `others` are tables that a query
    would have to name with their schema, and `elsewhere` their readable columns, each beside the table's place.
    """

    schema: Schema
    places: Mapping[str, str]
    schemas: frozenset[str]
    others: frozenset[tuple[str, str]]
    unreadable: Mapping[str, tuple[str, ...]]
    elsewhere: tuple[tuple[str, str], ...]


def found(rows: Sequence[Row]) -> Rights:
    """The rights that the rows of `TABLES` describe."""
    readable: dict[str, list[str]] = {}
    unreadable: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    elsewhere = []
    schemas: set[str] = set()
    others: set[tuple[str, str]] = set()
    for table, schema, column, place, visible, may in rows:
        if not visible:
            elsewhere += [(place, column)] if may else []
            others.add((schema, table))
            continue
        places[table] = place
        schemas.add(schema)
        readable.setdefault(table, [])
        (readable if may else unreadable).setdefault(table, []).append(column)
    return Rights(
        schema=Schema(tables={name: tuple(columns) for name, columns in readable.items()}, dialect="postgresql"),
        places=places,
        schemas=frozenset(schemas),
        others=frozenset(others),
        unreadable={name: tuple(columns) for name, columns in unreadable.items()},
        elsewhere=tuple(elsewhere),
    )


def exposed(access: Access, rights: Rights) -> list[str]:
    """Columns with prompts or answers that the role may read, of the tables that the definition knows."""
    return [name for name, _, _ in _columns(access, rights) if name in access.content]


def exposed_to_user(access: Access, rights: Rights) -> list[str]:
    """Columns that may hold content, of every table: a query of the user's own could name any of them.

    What holds content in the product's own table holds it in a view or a copy as well.
    """
    names = {name.partition(".")[2].lower() for name in (*access.content, *access.content_paths)}
    hidden = {*access.content, *access.content_paths}
    own = [
        name
        for name, table, column in _columns(access, rights)
        if name in access.content
        or (
            column not in access.columns.get(table, ())
            and name not in hidden
            and (column.lower() in names or looks_like_content(column))
        )
    ]
    others = (
        f"{place}.{column}"
        for place, column in rights.elsewhere
        if column.lower() in names or looks_like_content(column)
    )
    return [*own, *others]


def _columns(access: Access, rights: Rights) -> Iterator[tuple[str, str, str]]:
    """Every readable column with its full name, the product's own tables first."""
    tables = rights.schema.tables
    for table in sorted(tables, key=lambda name: (name not in access.columns, name)):
        yield from ((f"{table}.{column}", table, column) for column in tables[table])


def missing(access: Access, rights: Rights) -> Message | None:
    """Which columns a report reads that are there and that the role may not read, and the GRANT for them."""
    lacking = {
        table: [name for name in dict.fromkeys(columns) if name in rights.unreadable.get(table, ())]
        for table, columns in access.columns.items()
    }
    grants = [_grant(table, columns) for table, columns in lacking.items() if columns]
    if not grants:
        return None
    names = ", ".join(f"{table}.{name}" for table, columns in lacking.items() for name in columns)
    return msg("the role may not read {columns}: {grants}", columns=names, grants=", ".join(grants))


def sufficient(access: Access, rights: Rights) -> str:
    """The rights that a report needs, and no more."""
    listed = (
        (table, [name for name in dict.fromkeys(columns) if name in rights.schema.tables.get(table, ())])
        for table, columns in access.columns.items()
    )
    return ", ".join(_grant(table, columns) for table, columns in listed)


def _grant(table: str, columns: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in columns)
    return f'GRANT SELECT ({listed}) ON "{table}"'
