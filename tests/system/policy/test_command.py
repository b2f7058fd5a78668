"""The policy of a whole run: exit codes, what the formats say, and a mistake that is found before anything is read."""

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from llmgw_report.model.report import Report
from llmgw_report.renderers import html, md
from tests.builders.reports import report
from tests.builders.snapshots import AT, expected, waiver
from tests.process import call
from tools.golden import EXAMPLES

SCRAPE = (EXAMPLES / "unhealthy" / "metrics.prom").read_text("utf-8")
DOWN = '[[waive]]\ncheck = "{}"\nreason = "known"\nexpires = {}\n'


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "llmgw-report.toml").write_text(text, "utf-8")
    (folder / "metrics.prom").write_text(SCRAPE, "utf-8")
    sources = ("--metrics-file", "metrics.prom", "--no-db", "--at", AT)
    return call(*(arguments or sources), "--format", "json", cwd=folder)


EVERYTHING = "".join(DOWN.format(check, "2026-12-31") for check in ("instance-health", "error-ratio", "latency-p99"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 1),
        (EVERYTHING, 0),
        (EVERYTHING.replace("2026-12-31", "2026-01-01"), 1),
        (EVERYTHING + '[[expect]]\nfigure = "traffic.total.requests"\nat-least = 1', 0),
        (EVERYTHING + '[[expect]]\nfigure = "traffic.total.requests"\nequals = 1', 1),
        (EVERYTHING + '[[expect]]\nfigure = "database.levels.ERROR"\nat-most = 0', 3),
        ('[[expect]]\nfigure = "traffic.total.requets"\nat-least = 1', 2),
        (DOWN.format("instance-helth", "2026-12-31"), 2),
        (EVERYTHING + 'fail-on = "warn"', 2),  # a key of the last table, and not of the file
        ('fail-on = "warn"\n' + EVERYTHING, 1),
    ],
)
def test_the_exit_code(tmp_path: Path, text: str, code: int) -> None:
    done = run(tmp_path, text)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") == (code == 2)


def test_what_is_waived_is_in_the_document_and_in_the_last_line(tmp_path: Path) -> None:
    done = run(tmp_path, EVERYTHING)
    document = json.loads(done.stdout)
    waived = [one for one in document["findings"] if one["waived"]]
    assert {one["status"] for one in waived} == {"fail"}
    assert waived[0]["waived"] == {"reason": "known", "expires": "2026-12-31", "owner": None}
    last = done.stderr.strip().splitlines()[-1]
    assert " fail=0 " in last
    assert last.endswith(f" waived={len({one['check'] for one in waived})}")


def test_a_mistake_is_found_before_the_endpoint_is_asked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"
        text = '[[expect]]\nfigure = "traffic.totl.requests"\nat-least = 1'
        done = run(tmp_path, text, "--url", url, "--no-db")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert done.returncode == 2
    assert "llmgw-report.toml: [[expect]] 1, figure = 'traffic.totl.requests'" in done.stderr
    assert "Hint: did you mean 'traffic.total.requests'?" in done.stderr


def test_the_configuration_is_shown_and_nothing_is_read(tmp_path: Path) -> None:
    done = run(tmp_path, 'preset = "smoke"', "--show-config", "--url", "http://127.0.0.1:1/metrics")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'url = "http://127.0.0.1:1/metrics"        # command line' in done.stdout
    assert "# preset smoke" in done.stdout


def test_a_wrong_configuration_is_not_shown(tmp_path: Path) -> None:
    assert run(tmp_path, "[[waive]]", "--show-config").returncode == 2


def configured(text: str) -> Report:
    """A report with `text` wherever a configuration's text reaches it."""
    line = replace(waiver("expired", -1), reason=text, owner=text, check=text, subject={"instance": text})
    wanted = replace(expected(None), figure=text, reason=text)
    return report(waivers=(waiver("active", 3), line), expectations=(expected(3.0), wanted))


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a | b", "[x](javascript:1)", "**b**", "`", "<!-- "])
def test_text_of_a_configuration_is_data_in_every_format(text: str) -> None:
    """It may come from somebody's pull request."""
    page, plain = html.render(configured(text)), html.render(configured("plain"))
    assert re.findall(r"</?[a-z][a-z0-9]*", page) == re.findall(r"</?[a-z][a-z0-9]*", plain)
    assert structure(md.render(configured(text))) == structure(md.render(configured("plain")))


def structure(document: str) -> list[str]:
    """Tokens of Markdown that are not text; what code cannot hold is text as well."""
    tokens = MarkdownIt("gfm-like").parse(document)
    inline = [child.type for token in tokens for child in token.children or ()]
    return [
        one
        for one in [*(token.type for token in tokens), *inline]
        if one not in {"text", "text_special", "code_inline"}
    ]


def test_both_sections_are_there_where_something_is_configured_and_only_there() -> None:
    for render in (html.render, md.render):
        assert "Known and not counted" in render(configured("plain"))
        assert "Expected and observed" in render(configured("plain"))
        assert "Known and not counted" not in render(report())
        assert "Expected and observed" not in render(report())
