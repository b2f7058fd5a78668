"""The SBOM of a release: what a run consists of, with one licence and the checksums of every part."""

import json
import tomllib
from importlib.metadata import Distribution
from itertools import takewhile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.process import CHECKOUT
from tools.release import bill, licences
from tools.release.running import ReleaseError

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
TROVE = "Classifier: License :: OSI Approved :: "
BSD = "Redistribution and use in source and\nbinary forms, with or without modification, are permitted"
THIRD = f"{BSD}\nNeither the name of the copyright holder nor the names of its contributors may be used"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SBOM of this checkout."""
    made = tmp_path_factory.mktemp("sbom") / "p.cdx.json"
    bill.write(CHECKOUT, Version("1.2.3"), "1700000000", made)
    return made


def test_the_sbom_names_what_a_run_consists_of(file: Path) -> None:
    document = json.loads(file.read_text("utf-8"))
    about = document["metadata"]["component"]
    assert (about["name"], about["version"], about["purl"]) == ("llmgw-report", "1.2.3", "pkg:pypi/llmgw-report@1.2.3")
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    scopes: dict[str, dict[str, str]] = {"required": {}, "optional": {}}
    for one in document["components"]:
        scopes[one["scope"]][canonicalize_name(one["name"])] = one["version"]
    assert scopes["required"] == bill.pins(CHECKOUT, bill.LOCKED)
    assert set(scopes["optional"]) == {"psycopg", "psycopg-binary"}
    assert scopes["optional"].items() <= bill.pins(CHECKOUT, bill.ALL_LOCKED).items()
    needed = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    named = [Requirement(one) for ones in PROJECT["optional-dependencies"].values() for one in ones]
    assert len(needed[about["bom-ref"]]) == len(PROJECT["dependencies"]) + len(named)


def test_the_sbom_is_what_its_schema_describes(file: Path, tmp_path: Path) -> None:
    document = json.loads(file.read_text("utf-8"))
    # Each of some 460 addresses takes the validator 10 ms; a rehearsed release has all of them checked.
    for one in document["components"]:
        del one["externalReferences"][1:]
    (short := tmp_path / "p.cdx.json").write_text(json.dumps(document), "utf-8")
    bill.check(short)
    document["components"][0]["type"] = "sentence"
    short.write_text(json.dumps(document), "utf-8")
    with pytest.raises(ReleaseError, match=r"p\.cdx\.json is not valid against the schema of CycloneDX"):
        bill.check(short)


def test_every_part_of_the_sbom_has_one_licence_and_the_checksums_of_its_files(file: Path) -> None:
    locked = {name: (CHECKOUT / name).read_text("utf-8") for name in (bill.LOCKED, bill.ALL_LOCKED)}
    for one in json.loads(file.read_text("utf-8"))["components"]:
        (licence,) = one["licenses"]
        assert licence.get("expression") or licence["license"]["id"], one["name"]
        lines = locked[bill.LOCKED if one["scope"] == "required" else bill.ALL_LOCKED].splitlines()
        begin = next(
            number for number, line in enumerate(lines) if line.startswith(canonicalize_name(one["name"]) + "==")
        )
        files = [found for found in one["externalReferences"] if found["type"] == "distribution"]
        assert files
        assert [f"--hash=sha256:{found['hashes'][0]['content']}" for found in files] == [
            line.strip(" \\") for line in takewhile(lambda line: line.startswith(" "), lines[begin + 1 :])
        ]


@pytest.mark.parametrize(
    ("metadata", "text", "found"),
    [
        ("License-Expression: mit", "", {"id": "MIT", "acknowledgement": "declared"}),
        ("License: Apache License, Version 2.0", "", {"id": "Apache-2.0", "acknowledgement": "declared"}),
        (
            f"License: MPL-2.0\n{TROVE}Mozilla Public License 2.0 (MPL 2.0)",
            "",
            {"id": "MPL-2.0", "acknowledgement": "declared"},
        ),
        (f"{TROVE}MIT License", "", {"id": "MIT", "acknowledgement": "declared"}),
        (f"{TROVE}BSD License", BSD, {"id": "BSD-2-Clause", "acknowledgement": "concluded"}),
        ("Classifier: License :: Public Domain", THIRD, {"id": "BSD-3-Clause", "acknowledgement": "concluded"}),
    ],
)
def test_a_licence_is_one_of_spdx(tmp_path: Path, metadata: str, text: str, found: dict[str, str]) -> None:
    assert licences.element(package(tmp_path, metadata, text)) == {"license": found}


def test_two_licences_are_an_expression(tmp_path: Path) -> None:
    both = "MIT OR Apache-2.0"
    element = licences.element(package(tmp_path, f"License-Expression: {both}", THIRD))
    assert element == {"expression": both, "acknowledgement": "declared"}


@pytest.mark.parametrize("metadata", [f"{TROVE}BSD License", "License: mine", "Summary: a"])
def test_a_licence_that_cannot_be_told_is_looked_at(tmp_path: Path, metadata: str) -> None:
    with pytest.raises(ReleaseError, match=r"p says .* about its licence: which one of SPDX is it\?"):
        licences.element(package(tmp_path, metadata, ""))


def package(folder: Path, metadata: str, licence: str) -> Distribution:
    """One that is installed, with these metadata and this text."""
    (place := folder / "p-1.0.dist-info").mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: p\nVersion: 1.0\n{metadata}\n")
    (place / "LICENSE").write_text(licence)
    (place / "RECORD").write_text("p-1.0.dist-info/METADATA,,\np-1.0.dist-info/LICENSE,,\n")
    return Distribution.at(place)


@pytest.mark.parametrize(
    ("pin", "said"),
    [("no-such-package==1.0", "is locked in requirements/ and not installed"), ("click==0.1", "has 0.1")],
)
def test_the_sbom_is_of_what_is_locked(pin: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    for file in (bill.LOCKED, bill.ALL_LOCKED):
        (tmp_path / file).write_text(f"{pin} \\\n    --hash=sha256:0\n")
    with pytest.raises(ReleaseError, match=said):
        bill.write(tmp_path, Version("1.2.3"), "0", tmp_path / "p.cdx.json")
