"""A run imports what it needs and nothing else: at this size the imports are most of its time."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import copy

import pytest

from llmgw_report.sources.sqlite import build

UNHEALTHY = Path(__file__).parents[2] / "examples" / "unhealthy"

HTTP = {"httpx", "ssl", "http.client"}
TEMPLATES = {"jinja2"}
TABLES = {"tabulate"}
SQLITE = {"sqlite3"}
#: Never in a run without --query: it scans the entry points of every installed package when it connects.
HEAVY_SQLITE = {"sqlite_utils"}
#: What click, jinja2 and msgspec import and no report uses: OpenSSL alone takes 4 MiB.
UNUSED = {"_hashlib", "pickle", "json", "inspect", "ast", "gettext", "msgspec.inspect", "platform", "textwrap"}
#: What the libraries above and careless standard modules drag in.
STDLIB = {"concurrent.futures", "logging", "statistics", "importlib.metadata", "unittest"}


#: A saved scrape and a database, in the folder that the run works in. Not --demo, which builds its database.
SAVED = ("--metrics-file", "metrics.prom", "--db-path", "observability.db")


#: A command that has nothing but click, and what of the standard library a page of ours needs beside it.
LEAST = """
import {needed}
import click
version = click.Option(["--version"], is_flag=True, is_eager=True, callback=lambda *_: None)
click.Command("least", params=[version], help="Least.", callback=lambda **_: None).main(
    complete_var="_LLMGW_REPORT_COMPLETE"
)
"""


def loaded(command: list[str], folder: Path, environment: Mapping[str, str]) -> set[str]:
    """Names of all modules that a module and its arguments import, as the interpreter reports them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    trace = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in trace}
    assert "click" in names, done.stderr[-2000:]
    return names


def imported(arguments: list[str], folder: Path) -> set[str]:
    """Those of a run that has a scrape and a database."""
    copy(UNHEALTHY / "metrics.prom", folder)
    build((UNHEALTHY / "database.sql").read_text("utf-8"), folder / "observability.db")
    return loaded(["llmgw_report", *arguments], folder, {})


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        ([*SAVED, "--format", "json"], HTTP | TEMPLATES | TABLES | HEAVY_SQLITE | UNUSED),
        ([*SAVED, "--format", "html"], HTTP | TABLES | HEAVY_SQLITE | UNUSED),
        ([*SAVED, "--format", "md"], HTTP | TABLES | HEAVY_SQLITE | UNUSED),
    ],
    ids=lambda part: " ".join(sorted(part)) if isinstance(part, set) else " ".join(part),  # the same in every worker
)
def test_a_run_imports_no_library_it_does_not_use(arguments: list[str], unneeded: set[str], tmp_path: Path) -> None:
    assert imported(arguments, tmp_path) & unneeded == set()


def test_no_run_without_templates_pays_for_slow_standard_modules(tmp_path: Path) -> None:
    assert imported([*SAVED, "--format", "json"], tmp_path) & STDLIB == set()


@pytest.mark.parametrize(
    ("arguments", "completed", "needed"),
    [
        (["--help"], {}, {"textwrap"}),
        (["--version"], {}, set()),
        # What is said is redacted, the file may set the exit code, and a damaged file of the program may be why.
        (["--no-such-option"], {}, {"binascii", "bisect", "gettext", "pathlib", "struct", "textwrap"}),
        ([], {"_LLMGW_REPORT_COMPLETE": "fish_complete", "COMP_WORDS": "it --ver", "COMP_CWORD": "--ver"}, set()),
    ],
    ids=["help", "version", "usage error", "completion"],
)
def test_a_page_imports_click_alone(
    arguments: list[str], completed: dict[str, str], needed: set[str], tmp_path: Path
) -> None:
    (tmp_path / "least.py").write_text(
        LEAST.format(needed=", ".join(["__future__, atexit, gc, signal", *sorted(needed)])), "utf-8"
    )
    least, found = (loaded([name, *arguments], tmp_path, completed) for name in ("least", "llmgw_report"))
    ours = {name for name in found if name.partition(".")[0] == "llmgw_report"}
    assert {"click", "llmgw_report.cli.command"} <= found
    assert found - ours - least == set()
    assert found & (UNUSED | STDLIB) - needed == set()


@pytest.mark.parametrize("option", ["-O", "-OO"])
def test_a_run_without_docstrings_has_the_texts_that_stand_there(option: str) -> None:
    def findings(*options: str) -> list[tuple[str, str]]:
        command = [sys.executable, *options, "-m", "llmgw_report", "--demo", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [(one["title"], one["why"]) for one in json.loads(done.stdout)["findings"]]

    assert findings(option) == findings()


#: Each is run in a process of its own, after what a run does first.
USES = (
    "from ast import literal_eval; found = literal_eval('[1]') == [1]",
    "from hashlib import sha1, sha256; found = len(sha1(b'').digest()) + len(sha256(b'').digest()) == 52",
    "import inspect; from inspect import getattr_static; found = getattr_static([], 'append') is list.append",
    "from inspect import signature; found = str(signature(lambda x: x)) == '(x)'",
    "import json.decoder, json; found = json.loads('[1]') == [1] and issubclass(json.JSONDecodeError, ValueError)",
    "from json import dumps; found = dumps([1]) == '[1]'",
    "from gettext import gettext; import gettext as of; found = (gettext('a'), of.ngettext('a', 'b', 2)) == ('a', 'b')",
    "from gettext import NullTranslations; found = NullTranslations().gettext('a') == 'a'",
    "import textwrap; from textwrap import fill; found = fill('a b', 1) == 'a\\nb' and textwrap.dedent(' a') == 'a'",
    "from typing_extensions import get_type_hints, deprecated; found = get_type_hints(deprecated) == {}",
    "from random import Random, choice; found = choice('a') == 'a' and Random(1).random() < 1",
    "import platform; found = platform.system() == __import__('os').uname().sysname and bool(platform.machine())",
    "import msgspec; from msgspec import inspect; found = inspect.type_info(int) == msgspec.inspect.IntType()",
    "import jinja2; found = jinja2.FileSystemBytecodeCache('/tmp').pattern.startswith('__jinja2')",
    "from jinja2 import BytecodeCache; found = callable(BytecodeCache.clear)",
    "import jinja2.nativetypes as of; found = of.NativeEnvironment().from_string('{{ 1 + 1 }}').render() == 2",
    "from jinja2 import Environment; found = [one[1] for one in Environment().lex('{# a #}b')][-1] == 'data'",
    "import jinja2; found = jinja2.Template('{{ [1.5, 2] | tojson }}').render() == '[1.5, 2]'",
    "import bz2, lzma, ipaddress; found = bz2.decompress(bz2.compress(b'1')) == b'1' and lzma.FORMAT_XZ == 1",
)


@pytest.mark.parametrize("use", USES)
def test_what_is_loaded_late_is_what_it_stands_for(use: str) -> None:
    code = f"from llmgw_report import __main__; __main__._load_late(); {use}; print(found)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")
