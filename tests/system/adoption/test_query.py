"""A query of one's own, as the documentation shows it: a table of the report, and a condition of the gate."""

import json
import re
from pathlib import Path

from tests.process import CHECKOUT
from tests.system.adoption.machine import Gateway, shell
from tools.adoption import finding, shown


def test_a_query_of_ones_own(tmp_path: Path, unhealthy: Gateway) -> None:
    page = (CHECKOUT / "docs/writing-a-query.md").read_text("utf-8")
    for name, sql in shown("docs/writing-a-query.md").items():
        (tmp_path / name).write_text(sql, "utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "observability.db").symlink_to(unhealthy.database)
    at = {"LLMGW_REPORT_AT": unhealthy.at, "LLMGW_REPORT_METRICS": "false", "LLMGW_REPORT_FORMAT": "json"}
    (line,) = re.findall(r"```sh\n(llmgw-report .*?)\n```", page)
    ran = shell(line, tmp_path, at)
    assert ran.returncode == 1, ran.stderr  # the demo's gateway fails with and without it
    assert [table["name"] for table in json.loads(ran.stdout)["sections"]["queries"]] == ["rows_per_target"]

    (configuration,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "llmgw-report.toml").write_text(configuration, "utf-8")
    gated = shell("llmgw-report --db-path data/observability.db", tmp_path, at)
    assert gated.returncode == 1, gated.stderr
    assert "no_errors" in str(finding(json.loads(gated.stdout), "expectation")["subject"])
