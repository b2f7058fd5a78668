"""The definitions that come with the program are read from their folders once, until one of these changes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from llmgw_report.gateways import bundled
from tests.builders.installation import checkout, record

#: Whether it read definitions as people write them, and the title of one.
LOOK = (
    "import sys; from llmgw_report import gateways; found = gateways.load('litellm'); "
    "print('tomllib' in sys.modules, found.title, len(gateways.queries(gateways.load('llm-gateway'))))"
)


CACHE = Path("gateways", "__pycache__", "gateways.msgpack")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return checkout(tmp_path)


def look(folder: Path, *options: str) -> list[str]:
    command = [sys.executable, *options, "-c", LOOK]
    environment = {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


def listed(folder: Path) -> subprocess.CompletedProcess[str]:
    command, environment = [sys.executable, "-m", "llmgw_report", "--list-gateways"], {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_checkout_keeps_what_it_has_read_until_a_file_changes(copy: Path) -> None:
    first, second = look(copy), look(copy)
    assert (first[0], second[0]) == ("True", "False")
    assert first[1:] == second[1:]
    definition = copy / "llmgw_report" / "gateways" / "litellm" / "gateway.toml"
    text = definition.read_text("utf-8")
    definition.write_text(text.replace('title = "', 'title = "Changed', 1), "utf-8")
    assert look(copy)[:2] == ["True", f"Changed{first[1]}"]


def test_a_change_that_keeps_size_and_time_is_seen(copy: Path) -> None:
    first = look(copy)
    definition = copy / "llmgw_report" / "gateways" / "litellm" / "gateway.toml"
    text, before = definition.read_text("utf-8"), definition.stat()
    assert text.count(f'title = "{first[1]}') == 1
    definition.write_text(text.replace(f'title = "{first[1]}', f'title = "{first[1].upper()}'), "utf-8")
    os.utime(definition, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert definition.stat().st_size == before.st_size
    assert look(copy) == ["True", first[1].upper(), *first[2:]]


@pytest.mark.parametrize(
    "name", ["config/values.py", "units.py", "gateways/folder.py", "gateways/llm-gateway/trend.sql"]
)
def test_code_that_reads_definitions_makes_them_anew(copy: Path, name: str) -> None:
    look(copy)
    file = copy / "llmgw_report" / name
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    assert [look(copy)[0] for _ in range(2)] == ["True", "False"]


def test_a_damaged_cache_is_made_anew(copy: Path) -> None:
    first = look(copy)
    cache = copy / "llmgw_report" / CACHE
    whole = cache.read_bytes()
    at = whole.index(first[1].encode())
    for damaged in (
        b"",
        whole[: len(whole) // 2],
        b"\xc1" * 100,
        whole[:at] + b"\xff" + whole[at + 1 :],
        whole[:at] + b"X" + whole[at + 1 :],
    ):
        cache.write_bytes(damaged)
        assert look(copy) == first
        assert cache.read_bytes() == whole


def pipe(file: Path) -> None:
    os.mkfifo(file)


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def huge(file: Path) -> None:
    file.touch()
    os.truncate(file, 2**36)


@pytest.mark.parametrize("put", [pipe, endless, huge])
def test_a_file_that_may_never_end_is_not_read(copy: Path, put: Callable[[Path], None]) -> None:
    first = look(copy)
    cache = copy / "llmgw_report" / CACHE
    cache.unlink()
    put(cache)
    assert look(copy) == first
    assert look(copy) == ["False", *first[1:]]
    compiled = copy / "llmgw_report" / "_compiled"
    compiled.mkdir()
    put(compiled / CACHE.name)
    done = listed(copy)
    assert (done.returncode, "this installation is damaged" in done.stderr) == (4, True)


def test_a_link_to_nowhere_beside_the_code_is_passed_over(copy: Path) -> None:
    (copy / "llmgw_report" / "cli" / ".#run.py").symlink_to("user@host.1:2")
    assert [look(copy)[0] for _ in range(2)] == ["True", "False"]


def test_a_gateway_that_a_link_leads_to_is_read_again_when_it_changes(copy: Path) -> None:
    mine = copy / "mine"
    copytree(copy / "llmgw_report" / "gateways" / "litellm", mine)
    (copy / "llmgw_report" / "gateways" / "round").symlink_to("..")
    (link := copy / "llmgw_report" / "gateways" / "mine").symlink_to(mine)
    for title in ("A title", "Another"):
        (mine / "gateway.toml").write_text(f'extends = "litellm"\ntitle = "{title}"\n')
        for _ in range(2):
            assert title in listed(copy).stdout
    link.unlink()
    assert "Another" not in listed(copy).stdout


def test_what_cannot_be_kept_leaves_nothing_behind(copy: Path) -> None:
    cache = copy / "llmgw_report" / CACHE
    cache.mkdir(parents=True)
    assert look(copy)[0] == "True"
    assert [file.name for file in cache.parent.iterdir() if not file.name.endswith(".pyc")] == [cache.name]


@pytest.mark.parametrize("content", [None, b"", b"\x81\xa4name", b"\xc1"])
def test_an_installation_without_its_definitions_says_so(copy: Path, content: bytes | None) -> None:
    compiled = copy / "llmgw_report" / "_compiled"
    compiled.mkdir()
    record(compiled.parent)
    if content is not None:
        (compiled / "gateways.msgpack").write_bytes(content)
    done = listed(copy)
    assert done.returncode == 4
    assert f"{compiled / 'gateways.msgpack'}: this installation is damaged" in done.stderr
    assert "install llmgw-report again" in done.stderr
    assert "bug" not in done.stderr


def test_a_byte_of_the_definitions_that_has_changed_is_damage(copy: Path) -> None:
    compiled = copy / "llmgw_report" / "_compiled"
    compiled.mkdir()
    bundled.write(compiled)
    record(compiled.parent)
    whole = (compiled / "gateways.msgpack").read_bytes()
    assert listed(copy).returncode == 0
    for at in (0, 4, whole.index(b"LiteLLM"), len(whole) - 1):
        (compiled / "gateways.msgpack").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        done = listed(copy)
        assert (
            done.returncode,
            "gateways.msgpack: this installation is damaged: not as it was installed" in done.stderr,
        ) == (4, True)


def test_nothing_is_kept_where_python_may_keep_nothing(copy: Path) -> None:
    assert [look(copy, "-B")[0] for _ in range(2)] == ["True", "True"]
    assert list(copy.rglob("*.msgpack")) == []
