"""Redacts what a report shows of its sources and of its settings."""

from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from llmgw_report.config.settings import Settings
from llmgw_report.messages import plain
from llmgw_report.model.report import Snapshot
from llmgw_report.redaction import is_suspect, redact, redact_all

Kind = TypeVar("Kind", bound=Struct)


def redact_document(document: Kind, settings: Settings) -> Kind:
    """Redact every text of a document. Here and not at each source: what is added later is covered as well.

    A document with nothing suspect in it is not taken apart.
    """
    if settings.no_redact or not is_suspect(msgspec.json.encode(document, enc_hook=plain).decode()):
        return document
    return redact_all(document)


def redact_settings(settings: Settings) -> Settings:
    """The settings with the texts redacted that only people read. Globs stay: `[redacted]` is one as well."""
    if settings.no_redact:
        return settings
    waivers = (
        structs.replace(one, reason=redact(one.reason), owner=one.owner and redact(one.owner))
        for one in settings.waivers
    )
    return structs.replace(
        settings,
        config_file=settings.config_file and redact(settings.config_file),
        loosened=tuple(map(redact, settings.loosened)),
        title=settings.title and redact(settings.title),
        environment=settings.environment and redact(settings.environment),
        waivers=tuple(waivers),
    )


def redact_comparisons(snapshot: Snapshot, settings: Settings) -> Snapshot:
    """The snapshot with what was compared with it as people read it, once it has been compared."""
    if settings.no_redact:
        return snapshot
    waivers = (structs.replace(one, subject=redact_all(one.subject)) for one in snapshot.waivers)
    expectations = (redact_document(one, settings) for one in snapshot.expectations)
    return structs.replace(snapshot, waivers=tuple(waivers), expectations=tuple(expectations))
