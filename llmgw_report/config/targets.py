"""Where the two witnesses are."""

from msgspec import Struct

#: A scrape larger than this, after decompression, is refused while it is read.
MAX_SCRAPE_BYTES = 512 * 1024 * 1024


class MetricsTarget(Struct, frozen=True, kw_only=True):
    """One scrape: exactly one of `url` and `file` ("-" is standard input) is set.

    `named` tells a source the user asked for, which is required, from a default that may be missing;
    `origin` says where the choice came from, for the report's head.
    """

    url: str | None = None
    file: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    bearer_token: str | None = None
    ca_file: str | None = None
    insecure: bool = False
    client_cert: str | None = None
    client_key: str | None = None
    timeout_seconds: float = 10.0
    max_bytes: int = MAX_SCRAPE_BYTES
    named: bool = False
    origin: str = "default"


class DatabaseTarget(Struct, frozen=True, kw_only=True):
    """One SQLite file, opened for reading only."""

    path: str
    named: bool = False
    origin: str = "default"
