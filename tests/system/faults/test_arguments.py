"""Arguments, bounds and definitions that no program should take: what a mutation of good ones came upon."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process import CHECKOUT, HEALTHY, call, last_line


@pytest.mark.parametrize("bound", ["error-ratio.fail=-0.5", "client-error-ratio.warn=-1", "latency-p99.fail=-1e308"])
def test_a_bound_below_0(bound: str, tmp_path: Path) -> None:
    done = call("--set", bound, cwd=tmp_path)
    assert done.returncode == 2
    assert "is below 0" in done.stderr
    (tmp_path / "llmgw-report.toml").write_text("[checks.error-ratio]\nwarn = -0.1\n")
    assert call(cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("page", [(), ("--show-config",)])
def test_an_argument_that_is_no_text(tmp_path: Path, page: tuple[str, ...]) -> None:
    name = b"m\xff.prom"
    (tmp_path / os.fsdecode(name)).write_text(HEALTHY)
    command = [sys.executable.encode(), b"-m", b"llmgw_report", b"--metrics-file", name, *map(str.encode, page)]
    variables = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--metrics-file: holds a byte that is not UTF-8" in done.stderr
    assert last_line(done) == "llmgw-report: USAGE exit=2"


@pytest.mark.parametrize("shape", ["[", "(?P<a", "a{99999999999}"])
def test_a_shape_that_is_no_regular_expression(shape: str, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(
        'title = "Mine"\nabout = "A test"\n[detect]\nfamilies = ["up"]\n[[metrics.requests]]\nfamily = "r_total"\n'
        f'labels = {{ api-key = "k" }}\nshapes = {{ k = "{shape}" }}\n'
    )
    (tmp_path / "m.prom").write_text('up 1\nr_total{k="a"} 3\n')
    done = call("--gateway", ".", "--metrics-file", "m.prom", "--group-by", "api-key", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not a regular expression" in done.stderr


@pytest.mark.parametrize("option", ["--query={}", "--css={}", "--bearer-token-file={}", "--header=@{}"])
def test_a_file_that_never_ends(option: str, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    done = call("--metrics-file", "m.prom", option.format("/dev/zero"), cwd=tmp_path)
    assert done.returncode == 2
    assert "/dev/zero: a device or a pipe, not a file" in done.stderr
    assert last_line(done) == "llmgw-report: USAGE exit=2"
