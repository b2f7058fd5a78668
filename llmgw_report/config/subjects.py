"""What a finding can be about: the roles that a glob can name."""

from collections.abc import Mapping
from typing import get_args

from llmgw_report.errors import UsageError
from llmgw_report.model.indicator import Role
from llmgw_report.plugins import nearest

#: Beside what an indicator is of: a group of the traffic table, a source, a query, a pattern, an expectation's path.
ROLES = (*get_args(Role), "group", "source", "query", "pattern", "that", "comparison", "check", "window", "family")


def known_roles(subject: Mapping[str, str], place: str) -> None:
    """UsageError if no finding has such a role: its glob would silently never fit."""
    for role in subject:
        if role not in ROLES:
            message = f"{place}: unknown role {role!r} in subject"
            raise UsageError(message, nearest(role, ROLES))
