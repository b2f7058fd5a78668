"""The connection URL of a PostgreSQL database: read from a file, shown without what opens the database.

Never on a command line, where every user of the machine could read its password.
"""

import re
from urllib.parse import unquote

from llmgw_report.errors import UsageError

HINT = "one line: postgresql://HOST:5432/DATABASE?user=USER, or service=NAME, or host=HOST dbname=DATABASE user=USER"
#: For a URL where none is read.
IN_A_FILE = "write the URL to a file, which only you may read, and give --db-url-file FILE"
_SCHEMES = ("postgresql", "postgres")
#: A backslash takes the next character into a value, a blank as well.
_PAIR = r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?!')(?:[^\s\\]|\\.)*)"
#: A name, an address or the directory of a socket, and a port.
_HOST = r"(?:[\w.~/-]*|\[[\da-fA-F:.%\w]*\])(?::\d{0,5})?"
_PARAMETER = (
    r"(?:host|hostaddr|port|dbname|user|password|passfile|service|options|application_name|fallback_application_name"
    r"|connect_timeout|client_encoding|target_session_attrs|load_balance_hosts|channel_binding|require_auth"
    r"|tcp_user_timeout|replication|(?:ssl|gss|krb|keepalives)\w*)"
)
#: Words of such a text that may be shown.
_SHOWN = ("service", "host", "hostaddr", "port", "dbname")


def one_line(text: str, place: str) -> str:
    """The URL, or `key=value` pairs, in a file; UsageError for anything else, which is not quoted."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    if len(lines) != 1 or "\0" in lines[0]:
        raise UsageError(f"{place}: it has to hold one connection URL", HINT)
    (line,) = lines
    scheme, mark, _ = line.partition("://")
    if scheme in _SCHEMES if mark else re.fullmatch(rf"{_PAIR}(\s+{_PAIR})*", line):
        return line
    raise UsageError(f"{place}: no connection URL of PostgreSQL", HINT)


def is_url(word: str) -> bool:
    """Whether it is the URL of a PostgreSQL database."""
    return word.partition(":")[0] in _SCHEMES and ":" in word


def shown(url: str) -> str:
    """Host, port and database, or the service: no user, no password, no other parameter."""
    if "://" not in url:
        pairs = {name: value.strip("'") for name, value in re.findall(_PAIR, url)}
        return f"postgresql: {' '.join(f'{name}={pairs[name]}' for name in _SHOWN if pairs.get(name))}".rstrip(": ")
    place, _, query = _without_user(url.partition("://")[2]).partition("?")
    hosts, slash, database = place.partition("/")
    if not all(re.fullmatch(_HOST, unquote(host)) for host in hosts.split(",")):
        return "postgresql://"  # not what libpq reads, so that anything may be the password
    service = re.search(r"(?:^|&)service=([\w.-]+)", query)
    return f"postgresql://{unquote(hosts)}{slash}{database}{f'?service={service[1]}' if service else ''}"


def _without_user(rest: str) -> str:
    """What follows user and password, which may hold what should have been encoded.

    To libpq, unlike to other readers of URLs, neither `?` nor `#` ends them, but the first `@`. On the safe side they
    end at the last one, unless that is in the value of a parameter.
    """
    rest = re.sub(r"\A(?:[^@/]*@)+", "", rest)
    place, mark, query = rest.partition("?")
    if not mark or not re.fullmatch(rf"(?:{_PARAMETER}=[^&]*&?)*", query):
        return rest.rpartition("@")[2]
    return f"{place.rpartition('@')[2]}?{query}"
