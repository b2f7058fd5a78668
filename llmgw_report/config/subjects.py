"""What a finding can be about: the roles that a glob can name."""

from collections.abc import Mapping

from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest

#: Whose traffic it is, then what else checks speak of. A test holds it equal to what they do speak of.
ROLES = (
    *("provider", "instance", "model", "api-key"),
    *("source", "query", "pattern", "that", "comparison", "check", "against", "suite", "table"),
)


def known_roles(subject: Mapping[str, str], place: str) -> None:
    """UsageError if no finding has such a role: its glob would silently never fit."""
    for role in subject:
        if role not in ROLES:
            message = f"{place}: unknown role {role!r} in subject"
            raise UsageError(message, nearest(role, ROLES))
