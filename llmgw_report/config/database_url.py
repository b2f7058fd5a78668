"""The connection URL of a PostgreSQL database: read from a file, shown without what opens the database.

Never on a command line, where every user of the machine could read its password.
"""

import re
from urllib.parse import unquote, urlsplit

from llmgw_report.errors import UsageError

HINT = "one line: postgresql://USER@HOST:5432/DATABASE, or service=NAME, or host=HOST dbname=DATABASE user=USER"
_SCHEMES = ("postgresql", "postgres")
_PAIR = r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s']*)"
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


def shown(url: str) -> str:
    """Host, port and database, or the service: no user, no password, no other parameter."""
    if "://" not in url:
        pairs = {name: value.strip("'") for name, value in re.findall(_PAIR, url)}
        return f"postgresql: {' '.join(f'{name}={pairs[name]}' for name in _SHOWN if pairs.get(name))}".rstrip(": ")
    # Several hosts are no URL to Python, which would read a port out of them.
    parts = urlsplit(url)
    hosts = unquote(parts.netloc.rpartition("@")[2])
    service = re.search(r"(?:^|&)service=([\w.-]+)", parts.query)
    return f"postgresql://{hosts}{parts.path}{f'?service={service[1]}' if service else ''}"
