"""`make release`: rehearsed on a copy of this checkout; its parts, and what stands in its way, on small ones."""

import os
import re
import signal
import subprocess
import sys
import tarfile
import tomllib
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.version import Version
from ruamel.yaml import YAML

from llmgw_report import __version__
from tests.process import CHECKOUT, needs, needs_repository
from tests.system.adoption.machine import stub
from tools.adoption import Copy
from tools.release import artifacts, edits, environments, interpreters, metadata, steps, wanted
from tools.release.running import ReleaseError, answer, git

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- news\n\n## [1.2.0] - 2026-01-01\n\n- old\n"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = YAML(typ="safe").load(CHECKOUT / ".github" / "workflows" / "release.yml")

#: What `CORE_METADATA` in the workflow was found for.
PUBLISHES = "pypa/gh-action-pypi-publish@ed0c53931b1dc9bd32cbe73a98c7f6766f8a527e"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a release reads of a checkout, committed on main."""
    needs("git")
    place = tmp_path / "checkout"
    (place / "llmgw_report").mkdir(parents=True)
    (place / edits.CHANGELOG).write_text(CHANGELOG)
    (place / edits.VERSION).write_text('"""Text."""\n\n__version__ = "1.2.0"\n')
    (place / ".gitignore").write_text("dist\n")
    git(place, "init", "--quiet", "--initial-branch", "main")
    for name, value in {"user.name": "somebody", "user.email": "somebody@localhost"}.items():
        git(place, "config", name, value)
    commit(place)
    return place


def commit(place: Path) -> None:
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "all")


def changed(checkout: Path, changelog: str) -> None:
    """Commit another changelog."""
    (checkout / edits.CHANGELOG).write_text(changelog)
    commit(checkout)


def obstacles(checkout: Path, version: str = "1.3.0") -> str:
    with pytest.raises(ReleaseError) as error:
        wanted.examine(checkout, wanted.parsed(version))
    return str(error.value)


# The whole of it


def test_a_rehearsal_builds_this_checkout_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    needs_repository()
    copy = Copy(tmp_path / "copy")
    copy.git("branch", "-M", "main")
    changelog = copy.text(edits.CHANGELOG).replace("## [Unreleased]\n", "## [Unreleased]\n\n- something\n")
    (copy.place / edits.CHANGELOG).write_text(changelog, "utf-8")
    copy.commit()
    for name, value in {"user.name": "somebody", "user.email": "somebody@localhost"}.items():
        copy.git("config", name, value)
    before = copy.git("rev-parse", "HEAD")
    command = [str(copy.place / ".venv" / "bin" / "python"), "-m", "tools.release", "999.0.0", "--no-install"]
    done = subprocess.run(command, cwd=copy.place, env=copy.variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    titles = [steps.title(step) for step in steps.STEPS]
    assert [line for line in lines if line in titles] == [*titles[:3], titles[4]]
    assert re.search(r"^  [0-9a-f]{64}  llmgw_report-999\.0\.0-py3-none-any\.whl$", done.stdout, re.MULTILINE)
    assert re.search(r"^  [0-9a-f]{64}  llmgw_report-999\.0\.0\.tar\.gz$", done.stdout, re.MULTILINE)
    assert re.search(r"^  [0-9a-f]{64}  llmgw_report-999\.0\.0\.cdx\.json$", done.stdout, re.MULTILINE)
    assert (copy.git("rev-parse", "HEAD"), copy.git("status", "--porcelain")) == (before, "")
    assert not (copy.place / "dist").exists()


def test_a_release_that_cannot_be_says_so_in_words() -> None:
    command = [sys.executable, "-m", "tools.release", "1.x"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "release: '1.x': a version is three numbers, such as 1.2.3",
        "Nothing was published, and the checkout is as it was.",
    ]
    asked = subprocess.run(["/usr/bin/make", "release"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (asked.returncode, "make release VERSION=1.2.3" in asked.stderr) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_release_that_has_to_end_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    programs = stub(tmp_path / "bin", "git", "exec sleep 600")
    command = [sys.executable, "-m", "tools.release", "999.0.0", "--rehearse"]
    variables = os.environ | {"TMPDIR": str(temporary), "PATH": f"{programs}:{os.environ['PATH']}"}
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == f"{steps.title(steps.examine)}\n"
        assert [folder.name.rpartition("-")[0] for folder in temporary.iterdir()] == ["llmgw-report-release"]
        running.send_signal(number)
        errors = running.communicate()[1].splitlines()
    assert (running.returncode, errors) == (
        128 + number,
        ["release: interrupted", "Nothing was published, and the checkout is as it was."],
    )
    assert list(temporary.iterdir()) == []


INTERRUPTED = """
import sys
from pathlib import Path
from tools.release.running import run
from tools.temporary import temporary

with temporary("release") as folder:
    run("/bin/sh", "-c", 'exec 3> "$0"; echo started >&3; (sleep 20; echo left >&3) & wait', sys.argv[1], cwd=folder)
"""


def test_what_its_programs_have_started_ends_with_it(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    with (
        subprocess.Popen([sys.executable, "-c", INTERRUPTED, pipe], cwd=CHECKOUT, stderr=subprocess.DEVNULL) as running,
        pipe.open() as written,
    ):
        assert written.readline() == "started\n"
        running.terminate()
        # Its end is there when the last one that could write is gone.
        assert written.read() == ""


# What stands in its way


@pytest.mark.parametrize("text", ["0.1.0", "1.2.3", "10.20.30"])
def test_a_version(text: str) -> None:
    assert str(wanted.parsed(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.0", "1.2.3.4", "v1.2.3", "1.3-rc1", "1.3.0rc1", "2.0.0.post1", "1!2.0.0", "1.2.3+abc", "01.2.3"],
)
def test_no_version(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"a version is three numbers, such as 1\.2\.3"):
        wanted.parsed(text)


def test_a_checkout_that_can_be_released(checkout: Path) -> None:
    wanted.examine(checkout, Version("1.3.0"))


def test_an_empty_changelog_has_nothing_to_release(checkout: Path) -> None:
    changed(checkout, "")
    assert obstacles(checkout) == ("CHANGELOG.md: nothing is listed under [Unreleased], so there is nothing to release")


def test_everything_in_the_way_is_said_at_once(checkout: Path) -> None:
    git(checkout, "tag", "v1.1.0")
    git(checkout, "switch", "--quiet", "--create", "topic")
    (checkout / edits.CHANGELOG).write_text(CHANGELOG.replace("- news\n", ""))
    (checkout / "new.txt").touch()
    said = obstacles(checkout, "1.1.0")
    for part in (
        "the checkout is on topic: git switch main",
        "the checkout is not clean: commit, stash or remove\n     M CHANGELOG.md\n    ?? new.txt\n",
        "nothing is listed under [Unreleased]",
        "the tag v1.1.0 exists",
        "1.1.0 is not higher than 1.2.0, the highest in CHANGELOG.md",
        "1.1.0 is lower than 1.2.0, the version in llmgw_report/__init__.py",
    ):
        assert part in said


@pytest.mark.parametrize(
    "heading",
    [
        "## [1.x]",
        "## [1.x] - 2026-01-01",
        "## [1.1.0]",
        "## 1.1.0 - 2026-01-01",
        "## [1.1.0rc1] - 2026-01-01",
        "## Old",
        "# [1.1.0]",
        "# Old",
        "### [1.1.0] - 2025-01-01",
        "  ## [1.1.0] - 2025-01-01",
        "##[1.1.0] - 2025-01-01",
        "##\t[1.1.0] - 2025-01-01",
        "### 1.1.0",
        "### v1.1.0",
        "### Unreleased",
        "## [1.1.0] - 2025-01-01 ",
    ],
)
def test_a_heading_of_no_release_is_named(checkout: Path, heading: str) -> None:
    changed(checkout, f"{CHANGELOG}\n{heading}\n\n- older\n")
    assert obstacles(checkout) == (
        f"CHANGELOG.md, line 13: {heading}: a heading is ## [Unreleased] or ## [1.2.3] - 2026-01-31"
    )


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("## [1.1.0] - 2026-13-45", "there is no day 2026-13-45"),
        ("## [1.1.0] - 2026-02-29", "there is no day 2026-02-29"),
        ("## [1.1.0] - 2999-01-01", f"that day is yet to come: it is {edits.today()} (UTC)"),
        ("## [1.2.1] - 2025-12-31", "it has to be above the section of 1.2.0, which is lower"),
        ("## [1.1.0] - 2026-01-02", "that is after the day of 1.2.0, the section above it: 2026-01-01"),
        ("## [Unreleased]", "line 3 begins that section already; put all its entries there"),
        ("## [1.2.0] - 2025-12-31", "line 9 begins that section already; put all its entries there"),
    ],
)
def test_a_section_that_a_release_would_get_wrong_is_named(checkout: Path, heading: str, said: str) -> None:
    changed(checkout, f"{CHANGELOG}\n{heading}\n\n- older\n")
    assert obstacles(checkout) == f"CHANGELOG.md, line 13: {heading}: {said}"


@pytest.mark.parametrize("underline", ["---", "==", "  ----- "])
def test_a_line_that_is_underlined_is_a_heading(checkout: Path, underline: str) -> None:
    changed(checkout, CHANGELOG.replace("- news\n", f"- news\n\n[1.2.1]\n{underline}\n\n- older\n"))
    assert obstacles(checkout) == (
        "CHANGELOG.md, line 9: [1.2.1]: a heading is ## [Unreleased] or ## [1.2.3] - 2026-01-31"
    )


@pytest.mark.parametrize(
    "kept",
    [
        "## [1.1.0] - 2026-01-01\n\n### Fixed\n\n- older, see #12\n  #13 too\n",
        "## [1.1.0] - 2025-12-31\n\n### Added in 2025\n\n| a |\n| --- |\n",
        "[1.2.0]: https://example.org/compare\n[Unreleased]: https://example.org/\n",
    ],
)
def test_what_a_section_may_have_is_no_mistake(checkout: Path, kept: str) -> None:
    changed(checkout, f"{CHANGELOG}\n{kept}")
    wanted.examine(checkout, Version("1.3.0"))


@pytest.mark.parametrize("entry", ["- ", "-", "  -   "])
def test_an_entry_has_a_text(checkout: Path, entry: str) -> None:
    changed(checkout, CHANGELOG.replace("- news\n", f"- news\n{entry}\n"))
    assert obstacles(checkout) == "CHANGELOG.md, line 8: -: an entry without a text"


@pytest.mark.parametrize("name", [edits.CHANGELOG, edits.VERSION])
def test_a_byte_that_is_no_utf_8_is_named_with_its_place(checkout: Path, name: str) -> None:
    (checkout / name).write_bytes("é\n\nx".encode() + b"y\xe9\n")
    commit(checkout)
    assert obstacles(checkout) == f"{name}, line 3, byte 3: 0xe9 is no UTF-8: save it as UTF-8"


def test_what_is_next_is_above_what_was_released(checkout: Path) -> None:
    changed(checkout, "# Changelog\n\n## [1.2.0] - 2026-01-01\n\n## [Unreleased]\n\n- news\n")
    said = "it has to be above the sections of all releases"
    assert obstacles(checkout) == f"CHANGELOG.md, line 5: ## [Unreleased]: {said}"


def test_every_heading_of_the_changelog_is_one() -> None:
    assert list(edits.mistakes(edits.text(CHECKOUT, edits.CHANGELOG), edits.today())) == []


def test_no_branch_and_many_changes(checkout: Path) -> None:
    git(checkout, "switch", "--quiet", "--detach")
    for number in range(13):
        (checkout / f"{number}.txt").touch()
    said = obstacles(checkout)
    assert "the checkout is on a detached HEAD" in said
    assert "    and 3 more" in said


def test_a_checkout_behind_its_upstream(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", checkout, tmp_path / "mine")
    (checkout / "new.txt").touch()
    commit(checkout)
    wanted.examine(tmp_path / "mine", Version("1.3.0"))
    git(tmp_path / "mine", "fetch", "--quiet")
    assert obstacles(tmp_path / "mine") == "the checkout is behind its upstream by 1: git pull --ff-only"


def test_a_release_that_is_prepared_already(checkout: Path) -> None:
    assert "CHANGELOG.md has a section of 1.2.0 already" in obstacles(checkout, "1.2.0")
    assert steps.UNDO in obstacles(checkout, "1.2.0")


def test_the_version_that_the_package_has_is_free_until_it_is_released(checkout: Path) -> None:
    (checkout / edits.VERSION).write_text('__version__ = "1.3.0"\n')
    commit(checkout)
    wanted.examine(checkout, Version("1.3.0"))
    assert obstacles(checkout, "1.2.1") == "1.2.1 is lower than 1.3.0, the version in llmgw_report/__init__.py"


# What it writes


def test_the_entries_move_under_the_version() -> None:
    new = edits.dated(CHANGELOG, Version("1.3.0"), date(2026, 2, 3))
    assert new == CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.3.0] - 2026-02-03\n")
    assert edits.released(new) == [Version("1.3.0"), Version("1.2.0")]
    assert (edits.unreleased(CHANGELOG), edits.unreleased(new)) == (["- news"], [])


def test_the_version_stands_in_one_place(checkout: Path) -> None:
    assert str(edits.version(CHECKOUT)) == __version__
    assert "version" in PROJECT["dynamic"]
    (checkout / edits.VERSION).write_text('__version__ = "1.2.0"\n__version__ = "1.3.0"\n')
    with pytest.raises(ReleaseError, match="and 2 are there"):
        edits.version(checkout)
    (checkout / edits.VERSION).write_text('__version__ = "next"\n')
    with pytest.raises(ReleaseError, match=r"__init__\.py: 'next' is no version"):
        edits.version(checkout)


# The same bytes


def wheel(file: Path, text: str, names: tuple[str, ...] = ("a.py", "b.py")) -> None:
    with ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, text if name == "b.py" else "same")


def sdist(file: Path, mode: int) -> None:
    with tarfile.open(file, "w:gz") as archive:
        one = tarfile.TarInfo("package/a.py")
        one.mode = mode
        archive.addfile(one, BytesIO())


def test_what_differs_is_named(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, text, mode in ((one, "1", 0o644), (other, "2", 0o600)):
        folder.mkdir()
        wheel(folder / "p.whl", text)
        sdist(folder / "p.tar.gz", mode)
        (folder / "p.cdx.json").write_text(text)
        (folder / "same").touch()
    wheel(one / "order.whl", "1")
    wheel(other / "order.whl", "1", ("b.py", "a.py"))
    (one / "once").touch()
    assert artifacts.differences(one, one) == []
    assert artifacts.differences(one, other) == [
        "once: made only once",
        "order.whl: the order of its files, or their compression",
        "p.cdx.json: its text",
        "p.tar.gz: package/a.py",
        "p.whl: b.py",
    ]


def test_a_build_that_depends_on_its_surroundings_is_no_release(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(_checkout: Path, folder: Path, variables: dict[str, str], umask: int) -> None:
        folder.mkdir()
        wheel(folder / "p.whl", f"{variables['TZ']} {umask}")

    monkeypatch.setattr(artifacts, "make", make)
    release = prepared(checkout, tmp_path)
    with pytest.raises(ReleaseError, match=r"two builds of the same commit differ:\n    p\.whl: b\.py"):
        list(steps.build(release))


# What the index reads


def test_metadata_are_of_a_version_that_what_publishes_knows(tmp_path: Path) -> None:
    (publishing,) = (one for one in WORKFLOW["jobs"]["publish"]["steps"] if "pypi-publish" in one.get("uses", ""))
    assert publishing["uses"] == PUBLISHES, "which version of Core Metadata does its twine know?"
    assert WORKFLOW["jobs"]["publish"]["env"] == {"CORE_METADATA": str(metadata.known(CHECKOUT))}
    described(package := tmp_path / "p-1.0-py3-none-any.whl", "Metadata-Version: 2.4\nName: p\nVersion: 1.0\n")
    metadata.check(package, metadata.known(CHECKOUT))
    described(package, "Metadata-Version: 2.5\nName: p\nVersion: 1.0\n")
    with pytest.raises(
        ReleaseError, match=r"whl has Metadata-Version 2\.5, and what publishes knows no newer one than"
    ):
        metadata.check(package, metadata.known(CHECKOUT))
    described(package, "Metadata-Version: 2.4\nName: p\n")
    with pytest.raises(ReleaseError, match="its metadata are not valid: 'version' is a required field"):
        metadata.check(package, metadata.known(CHECKOUT))


def described(wheel: Path, text: str) -> None:
    """A wheel that has these metadata and nothing else."""
    with ZipFile(wheel, "w") as archive:
        archive.writestr("p-1.0.dist-info/METADATA", text)


def test_sha256sum_reads_the_checksums(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("text")
    artifacts.write_sums(tmp_path)
    command = ["sha256sum", "--check", "--strict", artifacts.SUMS]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "a b.txt: OK\n"
    assert artifacts.write_sums(tmp_path).count("\n") == 1


# Everywhere


def test_a_python_is_one_that_starts(tmp_path: Path) -> None:
    shims = stub(tmp_path / "shims", "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    stub(shims, "python3.13", "echo '[3, 12, 9]'")
    home = tmp_path / "home"
    (folder := home / ".pyenv" / "versions" / "3.12.1" / "bin").mkdir(parents=True)
    stub(folder, "python3.12", "echo '[3, 12, 1]'")
    (folder := home / ".local" / "share" / "uv" / "python" / "cpython-3.14.2-linux" / "bin").mkdir(parents=True)
    stub(folder, "python3.14", "echo '[3, 14, 2]'")
    found = [interpreters.find(minor, {"PATH": str(shims), "HOME": str(home)}) for minor in (11, 12, 13, 14)]
    assert [one and str(one) for one in found] == [None, "Python 3.12.1", None, "Python 3.14.2"]


def test_supported_are_the_pythons_of_continuous_integration() -> None:
    jobs = YAML(typ="safe").load(CHECKOUT / ".github" / "workflows" / "ci.yml")["jobs"]
    oldest = PROJECT["requires-python"].removeprefix(">=")  # that of debian:12, where everything runs
    supported = [f"3.{minor}" for minor in interpreters.supported(CHECKOUT)]
    assert supported == [oldest, *jobs["python"]["strategy"]["matrix"]["python"]]
    assert jobs["everything"]["container"] == "debian:12"
    assert set(PROJECT["optional-dependencies"]) == set(environments.EXTRAS)


def test_every_python_has_each_package_and_two_have_more() -> None:
    pythons = [interpreters.Interpreter(Path(f"/{minor}"), (3, minor, 0)) for minor in (11, 13)]
    assert [str(trial) for trial in environments.trials(pythons, Path("p.whl"), Path("p.tar.gz"))] == [
        "Python 3.11.0, wheel",
        "Python 3.11.0, sdist",
        "Python 3.13.0, wheel",
        "Python 3.13.0, sdist",
        "Python 3.11.0, wheel, lowest dependencies",
        "Python 3.13.0, wheel with postgres",
    ]


def test_a_python_that_is_not_there_is_named(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = prepared(checkout, tmp_path)
    (release.checkout / "pyproject.toml").write_text(
        f'[project]\nclassifiers = ["{interpreters.CLASSIFIER}98", "{interpreters.CLASSIFIER}99"]\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    said = steps.install(release)
    for minor in (98, 99):
        assert next(said) == f"NOT TRIED: Python 3.{minor} is not on PATH, nor among those of pyenv or uv"
    with pytest.raises(ReleaseError, match="none of the supported Pythons"):
        next(said)


# The last step, and what publishes


def prepared(checkout: Path, folder: Path) -> steps.Release:
    """A release whose commit is in its clone, and whose files are made."""
    release = steps.Release(checkout, Version("1.3.0"), folder / "release")
    release.folder.mkdir()
    git(checkout, "clone", "--quiet", checkout, release.clone)
    for name in ("user.name", "user.email"):
        git(release.clone, "config", name, "somebody")
    (release.clone / "new.txt").touch()
    commit(release.clone)
    return release


@pytest.fixture
def release(checkout: Path, tmp_path: Path) -> steps.Release:
    """One of which the last step is left to do."""
    one = prepared(checkout, tmp_path)
    one.made.mkdir()
    for name in ("p.whl", "p.tar.gz"):
        (one.made / name).write_text(name)
    artifacts.write_sums(one.made)
    return one


def state(release: steps.Release) -> tuple[str, str]:
    return git(release.checkout, "rev-parse", "HEAD"), git(release.checkout, "status", "--porcelain")


def test_it_is_kept_in_place_of_an_earlier_one(release: steps.Release) -> None:
    (release.checkout / "dist").mkdir()
    (release.checkout / "dist" / "old.whl").touch()
    assert len(list(steps.keep(release))) == 1
    assert state(release) == (git(release.clone, "rev-parse", "HEAD"), "")
    assert {file.name for file in (release.checkout / "dist").iterdir()} == {"p.whl", "p.tar.gz", artifacts.SUMS}
    assert answer(release.checkout, "tag") == ""


def test_a_checkout_that_has_moved_on_is_left_alone(release: steps.Release) -> None:
    (release.checkout / "meanwhile.txt").touch()
    commit(release.checkout)
    before = state(release)
    with pytest.raises(ReleaseError, match="another commit"):
        list(steps.keep(release))
    assert state(release) == before


def test_files_that_cannot_be_kept_take_the_commit_back(release: steps.Release) -> None:
    before = state(release)
    (release.checkout / "dist").write_text("a file, where a folder has to be")
    with pytest.raises(NotADirectoryError):
        list(steps.keep(release))
    assert state(release) == before


def test_a_change_in_the_way_is_kept(release: steps.Release) -> None:
    (release.checkout / "new.txt").write_text("mine")
    with pytest.raises(ReleaseError, match=r"new\.txt"):
        list(steps.keep(release))
    assert state(release)[0] == git(release.clone, "rev-parse", "HEAD~1")
    assert (release.checkout / "new.txt").read_text() == "mine"


@pytest.fixture
def published(release: steps.Release, tmp_path: Path) -> Path:
    """The checkout of the workflow, after the commands that a release prints."""
    list(steps.keep(release))
    git(tmp_path, "clone", "--quiet", "--bare", release.checkout, tmp_path / "origin.git")
    git(release.checkout, "remote", "add", "origin", tmp_path / "origin.git")
    for line in steps.NEXT:
        subprocess.run(["/bin/sh", "-e", "-c", line.format(version="1.3.0")], cwd=release.checkout, check=True)
    runner = tmp_path / "runner"
    git(tmp_path, "clone", "--quiet", "--no-tags", (tmp_path / "origin.git").as_uri(), runner)
    git(runner, "tag", "v1.3.0")  # as actions/checkout leaves it: without the message
    (runner / "dist").mkdir()
    for file in release.made.iterdir():
        (runner / "dist" / file.name).write_bytes(file.read_bytes())
    return runner


def step(runner: Path, name: str) -> subprocess.CompletedProcess[str]:
    """A step of the workflow, as GitHub runs it."""
    (script,) = (one["run"] for one in WORKFLOW["jobs"]["build"]["steps"] if name in one.get("name", ""))
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=runner,
        env=os.environ | {"GITHUB_REF_NAME": "v1.3.0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_workflow_publishes_the_bytes_that_were_tried(published: Path) -> None:
    for name in ("Look for the commit", "Compare"):
        done = step(published, name)
        assert (done.returncode, done.stdout) == (0, "")


def test_the_workflow_publishes_no_other_bytes(published: Path) -> None:
    (published / "dist" / "p.whl").write_text("other")
    artifacts.write_sums(published / "dist")
    done = step(published, "Compare")
    assert done.returncode == 1
    assert "p.whl" in done.stdout
    assert "p.tar.gz" not in done.stdout


def test_the_workflow_publishes_no_commit_beside_main(published: Path) -> None:
    git(published, "switch", "--quiet", "--detach")
    (published / "beside.txt").touch()
    for name in ("user.name", "user.email"):
        git(published, "config", name, "somebody")
    commit(published)
    done = step(published, "Look for the commit")
    assert (done.returncode, done.stdout) == (1, "::error::The commit of v1.3.0 is not on main\n")


def test_an_action_of_others_is_one_commit_of_theirs() -> None:
    files = [*(CHECKOUT / ".github" / "workflows").glob("*.yml"), CHECKOUT / "action.yml"]
    used = [found for file in files for found in re.findall(r"uses: ([^./]\S*)(.*)", file.read_text("utf-8"))]
    assert used
    assert [
        name + says for name, says in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*", name + says)
    ] == []
    commits: dict[str, set[str]] = {}
    for name, says in used:
        commits.setdefault(name.partition("@")[0], set()).add(name + says)
    assert {name: len(found) for name, found in commits.items()} == dict.fromkeys(commits, 1)


def test_only_the_job_that_runs_nothing_of_ours_may_publish() -> None:
    jobs = WORKFLOW["jobs"]
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "publish": {"id-token": "write", "attestations": "write"},
        "announce": {"contents": "write"},
    }
    assert jobs["publish"]["environment"]["name"] == "pypi"
    used = [one.get("uses", "") for name in ("publish", "announce") for one in jobs[name]["steps"]]
    assert not any("checkout" in action for action in used)
    assert (jobs["publish"]["needs"], jobs["announce"]["needs"]) == ("build", "publish")
