"""Real inputs: a database that a gateway's authors published with its scrape, and a scrape of a running LiteLLM proxy.

llm-gateway 0.3.0 (binn-yang/llm-gateway, commit c4840fb): the database is in WAL mode, and the one of the figures that
its own verification document has, as of 2026-01-09T01:26:40Z. LiteLLM 1.106.2: 13 good requests over 3 models, 5
upstream failures, 3 wrong keys, 3 unknown models.
"""

import lzma
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def llm_gateway(folder: Path) -> tuple[Path, Path]:
    """Its scrape and its database, in files of the test's own: reading may leave files beside a database."""
    scrape, database = folder / "metrics.prom", folder / "observability.db"
    scrape.write_bytes((DATA / "llm-gateway-0.3.0.prom").read_bytes())
    database.write_bytes(lzma.decompress((DATA / "llm-gateway-0.3.0.db.xz").read_bytes()))
    return scrape, database


def litellm(folder: Path) -> Path:
    """Its scrape."""
    scrape = folder / "metrics.prom"
    scrape.write_bytes(lzma.decompress((DATA / "litellm-1.106.2.prom.xz").read_bytes()))
    return scrape
