"""One connection to PostgreSQL, in one read-only transaction that cannot outlive its deadline."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from math import ceil
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import FloatLoader

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, msg
from llmgw_report.sources.postgres.watch import Watch

#: A migration holds an exclusive lock for seconds: a report is not worth that every query behind it waits too.
LOCK_TIMEOUT_MS = 500
#: For a client that died, whose transaction would hold vacuum back.
IDLE_TIMEOUT_MS = 60_000
#: libpq takes no less, and a connection needs several answers of a server far away.
_CONNECT_SECONDS = 2
#: Without a byte of a server: then another connection asks whether it still answers, for as long again.
_QUIET_SECONDS = 5.0
_NOT_ANSWERED = msg("the server did not answer in time, and the connection was given up")
_PORT_CHARACTERS = frozenset("0123456789,")
_NO_URL = msg("{name}: is no connection URL that libpq can read")
_ENCODE = msg("write / as %2F and @ as %40 in user and password, or use .pgpass")
_UNREADABLE = msg("{name}: cannot be read: {reason}")
_CHECK_LOAD = msg("try again, or look at the load and the logs of the server")
_CHECK_FILE = msg("check the file given with --db-url-file")
#: Why there is no connection and what to do, by what the message says; the first that fits.
_PROBLEMS = (
    (
        "password authentication failed",
        msg("check user and password, or the line of .pgpass for this host and database"),
    ),
    ("no password supplied", msg("add a line for this host and database to ~/.pgpass, which only its owner may read")),
    ("pg_hba.conf", msg("let pg_hba.conf accept this role from this host, or set sslmode=require")),
    ("does not support SSL", msg("set sslmode=prefer, or switch on TLS at the server")),
    ("certificate", msg("name the authority with sslrootcert=FILE")),
    ("timeout expired", msg("check host and port, and the firewall between")),
    ("Connection refused", msg("check host and port, and that PostgreSQL runs")),
    ("could not translate host name", msg("check the host")),
    ("does not exist", msg("check the names of the database and of the role")),
    ("definition of service", msg("check the service file: ~/.pg_service.conf, or the one that PGSERVICEFILE names")),
    ("too many connections", msg("try again, or raise the limit of connections")),
    ("remaining connection slots", msg("try again, or raise the limit of connections")),
)


class _Text(Loader):
    """A value as PostgreSQL writes it: a report has texts and numbers."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


class _Number(Loader):
    """A truth value, as SQLite has them."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


class _Bytes(Loader):
    """The length of binary data."""

    def load(self, data: Buffer) -> str:
        return f"<{max(0, len(data) // 2 - 1)} bytes>"


def _register_types(connection: psycopg.Connection[Any]) -> None:
    """Make every value a text or a number as it arrives: to look at each cell later takes longer than the query."""
    adapters = connection.adapters
    numbers = ("int2", "int4", "int8", "float4", "float8", "bool", "oid", "text", "varchar", "name", "bpchar")
    for one in adapters.types:
        for oid in (one.oid, one.array_oid):
            if oid and one.name not in numbers:
                adapters.register_loader(oid, _Text)
        if one.array_oid:
            adapters.register_loader(one.array_oid, _Text)
    adapters.register_loader("bool", _Number)
    adapters.register_loader("bytea", _Bytes)
    adapters.register_loader("numeric", FloatLoader)


@contextmanager
def connected(target: DatabaseTarget) -> Iterator[tuple[psycopg.Connection[Any], Watch]]:
    """A connection in a read-only transaction on one state of the database; SourceError says why there is none.

    Its watch is there before the first statement: a server can freeze right after it has let somebody in.
    """
    shown, timeout_seconds = target.path, target.timeout_seconds
    given = _given(target.url or "", shown)
    parameters = {**_defaults(timeout_seconds), **(_without_others(given) if target.url_found else given)}
    try:
        connection = psycopg.connect(**parameters)
    except (psycopg.Error, OSError, ValueError) as problem:
        raise _unreadable(problem, given, shown) from problem
    watch = Watch(connection, max(timeout_seconds, _QUIET_SECONDS), partial(_answers, connection, parameters))
    try:
        _register_types(connection)
        with watch:
            with watch.within(timeout_seconds):
                _begin(connection, timeout_seconds)
            yield connection, watch
    except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
        if watch.cut:
            raise SourceError(msg(_UNREADABLE, name=shown, reason=_NOT_ANSWERED), _CHECK_LOAD) from problem
        raise _unreadable(problem, given, shown) from problem
    finally:
        with suppress(psycopg.Error):
            connection.close()


def _given(url: str, shown: str) -> dict[str, Any]:
    """What libpq reads in the text of the operator; SourceError where that is no connection."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.Error as problem:
        # libpq quotes what it cannot read, which may be the password.
        raise SourceError(msg(_NO_URL, name=shown), _CHECK_FILE) from problem
    if "@" in str(given.get("dbname", "")) or not set(str(given.get("port", ""))) <= _PORT_CHARACTERS:
        # A password that was not encoded: libpq takes parts of it for port and database, and would quote them.
        raise SourceError(msg(_NO_URL, name=shown), _ENCODE)
    return given


def _answers(connection: psycopg.Connection[Any], parameters: dict[str, Any]) -> bool:
    """Whether the server of a connection answers another one, be it that there are too many."""
    there = {"host": connection.info.host, "port": connection.info.port, "target_session_attrs": "any"}
    if connection.info.hostaddr:
        there["hostaddr"] = connection.info.hostaddr
    try:
        with psycopg.connect(**{**parameters, **there}, autocommit=True) as other:
            other.execute("SELECT 1", [])
    except (psycopg.Error, OSError, ValueError) as problem:
        return "FATAL" in str(problem)
    return True


def _defaults(timeout_seconds: float) -> dict[str, Any]:
    """Parameters of the connection; what the operator gave goes over them."""
    seconds = max(_CONNECT_SECONDS, ceil(timeout_seconds))
    return {
        "application_name": "llmgw-report",
        "connect_timeout": seconds,
        "client_encoding": "UTF8",
        # A firewall may forget a connection, and a host may go away, without a word to this one.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * max(seconds, round(2 * _QUIET_SECONDS)),
    }


def _without_others(given: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a file that may be anybody's: no password of the environment or a service goes to its host.

    A line of .pgpass does, which names the host itself, and so does a service that is named alone.
    """
    elsewhere = "service" in given and not {"host", "hostaddr"} & given.keys()
    return given if elsewhere or given.get("password") else {**given, "password": ""}


def _begin(connection: psycopg.Connection[Any], timeout_seconds: float) -> None:
    """Begin the transaction, with limits of its own.

    As parameters of the connection a pooler would refuse them, and of the session they would stay with the next client.
    """
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    limits = {
        "statement_timeout": str(max(1, round(timeout_seconds * 1000))),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_TIMEOUT_MS),
        "timezone": "UTC",
        "standard_conforming_strings": "on",  # which the reading of queries takes for granted
    }
    for name, value in limits.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])


def _unreadable(problem: Exception, given: dict[str, Any], shown: str) -> SourceError:
    text = " ".join(str(problem).split())
    for secret in (given.get("password"), given.get("sslpassword")):
        if secret:
            text = text.replace(str(secret), "***")
    hint: Message = next((hint for words, hint in _PROBLEMS if words in text), _CHECK_FILE)
    return SourceError(msg(_UNREADABLE, name=shown, reason=text), hint)
