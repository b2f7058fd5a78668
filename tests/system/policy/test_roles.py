"""The roles that a glob can name are those that findings have."""

import json

from llmgw_report.config.load import ROLES
from tests.builders.snapshots import ask
from tests.checks.test_each import CASES
from tools.golden import folders


def test_a_glob_can_name_every_role_and_no_other() -> None:
    of_cases = {
        role
        for slug, cases in CASES.items()
        for seen in cases.values()
        for one in ask(slug, seen)
        for role in one.subject
    }
    of_examples = {
        role
        for folder in folders()
        for one in json.loads((folder / "report.json").read_text("utf-8"))["findings"]
        for role in one["subject"]
    }
    groups = {"model", "api-key"}  # the traffic is grouped by provider in both
    assert of_cases | of_examples | groups == set(ROLES)
