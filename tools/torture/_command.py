"""The whole command in this process, and what its users may rely on whatever it was given."""

import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import BytesIO, StringIO, TextIOWrapper
from typing import NamedTuple

from llmgw_report import gateways, plugins
from llmgw_report.cli import main
from llmgw_report.renderers import _templates
from tools.torture._documents import complete

FORMATS = plugins.modules("renderers")
# The same every time, and most of what a small report costs. An installed program has its templates compiled, too.
_templates.environment = cache(_templates.environment)
gateways.load_all = cache(gateways.load_all)
#: The words of each code; --fail-on moves codes. 4 is a bug of the program, and nobody sent a signal.
CODES = {0: "PASS|WARN|FAIL|UNKNOWN", 1: "FAIL|WARN", 2: "USAGE", 3: "UNKNOWN"}


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def command(arguments: Sequence[str], name: str) -> Ended:
    """Run `arguments` with `--format name`; AssertionError where the contract is not kept."""
    out, err = StringIO(), StringIO()
    stdin, sys.stdin = sys.stdin, TextIOWrapper(BytesIO())
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*arguments, "--format", name, "--debug"])
    finally:
        sys.stdin = stdin
    ended = Ended(code, out.getvalue(), err.getvalue())
    if "--show-config" not in arguments:
        _check(ended, name)
    elif ended.code not in {0, 2}:
        raise AssertionError(f"exit code {ended.code}\n{ended.err}")
    return ended


def _check(ended: Ended, name: str) -> None:
    if ended.code not in CODES:
        raise AssertionError(f"exit code {ended.code}\n{ended.err}")
    last = ended.err.strip().rpartition("\n")[2]
    if not re.match(rf"llmgw-report: (?:{CODES[ended.code]}) exit={ended.code}\b", last):
        raise AssertionError(f"exit code {ended.code}, last line {last!r}")
    if ended.code != 2:
        complete(name, ended.out)
    elif ended.out:
        raise AssertionError(f"a document beside a usage error: {ended.out[:200]!r}")
