"""Who can get at the settings and the data: others on the machine, and the program itself."""

import os
import shutil
from pathlib import Path

import pytest

from bot.file_permissions import obstacle, warnings


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_settings_that_others_can_get_at_are_warned_about(tmp_path: Path, mode: int) -> None:
    env_file, folder = harness(tmp_path)
    env_file.chmod(mode)
    [warning] = warnings(env_file=env_file, folder=folder)
    assert f"chmod 600 {env_file}" in warning
    assert "\n" not in warning


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o711, 0o755, 0o777])
def test_a_data_folder_that_others_can_get_at_is_warned_about(tmp_path: Path, mode: int) -> None:
    env_file, folder = harness(tmp_path)
    folder.chmod(mode)
    [warning] = warnings(env_file=env_file, folder=folder)
    assert f"chmod 700 {folder}" in warning


def test_what_is_the_operators_alone_is_not_spoken_of(tmp_path: Path) -> None:
    env_file, folder = harness(tmp_path)
    assert not list(warnings(env_file=env_file, folder=folder))


def test_what_is_not_there_is_not_spoken_of(tmp_path: Path) -> None:
    assert not list(warnings(env_file=tmp_path / ".env", folder=tmp_path / "data"))


def test_each_of_the_two_has_its_line(tmp_path: Path) -> None:
    env_file, folder = harness(tmp_path)
    env_file.chmod(0o644)
    folder.chmod(0o755)
    assert len(list(warnings(env_file=env_file, folder=folder))) == 2


def test_a_file_in_the_place_of_the_folder_is_not_spoken_of_as_one(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch(0o644)
    assert not list(warnings(env_file=tmp_path / ".env", folder=file))


def test_nothing_stands_in_the_way_of_a_folder_that_is_there_or_can_be_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "bot.db").touch()
    assert obstacle(tmp_path, ["bot.db", "lock"]) is None
    assert obstacle(tmp_path / "a" / "b", ["bot.db"]) is None


@pytest.mark.parametrize("below", [".", "data"])
def test_a_file_where_a_folder_is_wanted_stands_in_the_way(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    told = obstacle(file / below, ["bot.db"])
    assert told == f"{file} is in the way; DATA_DIR must be a folder"


def test_a_folder_where_a_file_is_wanted_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    told = obstacle(tmp_path, ["bot.db", "lock"])
    assert told == f"{tmp_path / 'lock'} is in the way; that name is for a file of the bot's"


def test_a_folder_that_cannot_be_looked_at_is_told_with_the_systems_reason(tmp_path: Path) -> None:
    """As one is below a folder that this user may not enter; root may enter any."""
    folder = tmp_path / ("x" * 300)
    assert not list(warnings(env_file=folder / ".env", folder=folder))
    told = obstacle(folder, ["bot.db"])
    assert told == f"{folder} can't be used (File name too long); DATA_DIR must be this user's"


@pytest.mark.parametrize("kept", [".", "bot.db"])
def test_what_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    """Whoever is root may write everywhere, so what the system says is scripted."""
    (tmp_path / "bot.db").touch()
    closed = tmp_path / kept
    monkeypatch.setattr(os, "access", lambda path, _: path != closed)
    told = obstacle(tmp_path, ["bot.db", "lock"])
    assert told is not None
    assert str(closed) in told
    assert "must be this user's" in told


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    told = obstacle(tmp_path / "data", ["bot.db"])
    assert told == f"the disk of {tmp_path} is full; make room, and all goes on"


def harness(folder: Path) -> tuple[Path, Path]:
    env_file, data = folder / ".env", folder / "data"
    env_file.touch(0o600)
    data.mkdir(0o700)
    return env_file, data
