"""The commented example of a configuration file: current, without effect, and with every key there is."""

import re
import tomllib
from pathlib import Path

from msgspec import structs

from llmgw_report import plugins
from llmgw_report.cli import pages
from llmgw_report.cli.build_settings import build_settings
from llmgw_report.config.load import read
from llmgw_report.config.options import BY_KEY, TABLES
from llmgw_report.config.schema import CheckTable, ExpectTable, ForTable, WaiveTable
from tools.golden import CONFIGURATION


def test_it_is_current() -> None:
    assert CONFIGURATION.read_text("utf-8") == pages.configuration(), "`make examples` writes it again"


def test_it_changes_nothing() -> None:
    """Not only where it is read alone: its values are the defaults."""
    assert build_settings((read(CONFIGURATION, "example"),), {}) == build_settings((), {})


def test_it_has_every_key_once_the_comments_before_keys_are_taken_away(tmp_path: Path) -> None:
    whole = re.sub(r"^#(?=[a-z\[])", "", CONFIGURATION.read_text("utf-8"), flags=re.MULTILINE)
    (tmp_path / "all.toml").write_text(whole, "utf-8")
    read(tmp_path / "all.toml")
    content = tomllib.loads(whole)
    assert set(content) == {*(key for table, key in BY_KEY if not table), *TABLES, "checks", "expect", "waive"}
    for name in TABLES:
        assert set(content[name]) == {key for table, key in BY_KEY if table == name}
    assert set(content["checks"]) == set(plugins.modules("checks"))
    assert {key for entry in content["expect"] for key in entry} >= {"figure", "query", "at-least", "equals"}
    assert set(content["waive"][0]) == set(WaiveTable.__struct_encode_fields__)
    bounds = set(CheckTable.__struct_encode_fields__) - {"for"}
    assert all(set(keys) - {"for"} == bounds for keys in content["checks"].values())
    assert any("for" in keys for keys in content["checks"].values())


def test_every_key_has_words() -> None:
    for table in (CheckTable, ExpectTable, ForTable, WaiveTable):
        for key in structs.fields(table):
            assert key.name == "for_" or [meta.description for meta in getattr(key.type, "__metadata__", [])], key.name
