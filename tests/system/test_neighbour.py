"""A few rounds beside a writer: what does not depend on how busy the machine is. `make torture` measures the rest."""

from pathlib import Path

from tools.torture import neighbour, rollback


def test_no_commit_is_refused_and_the_log_is_emptied(tmp_path: Path) -> None:
    result = neighbour.campaign(0, 3, tmp_path)
    refused = [
        crash.text for crash in result.crashes if "SQLITE_BUSY" in crash.text or "after a checkpoint" in crash.text
    ]
    assert refused == []
    assert "of which 0 were refused" in result.notes[0]
    assert {file.suffix for file in tmp_path.iterdir()} == {".db", ".json", ".s", ".l", ".w"}


def test_a_gateway_without_wal_mode_is_not_kept_waiting(tmp_path: Path) -> None:
    result = rollback.campaign(0, 6, tmp_path, rows=20_000)
    assert [crash.text for crash in result.crashes if "were refused" in crash.text] == []
    assert result.notes[-1].endswith("queries that failed: 0")
    assert [file.name for file in tmp_path.iterdir()] == ["o.db"]
