"""Who else on the machine can get at the settings and the data."""

from pathlib import Path

import pytest

from bot.file_permissions import warnings


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


def harness(folder: Path) -> tuple[Path, Path]:
    env_file, data = folder / ".env", folder / "data"
    env_file.touch(0o600)
    data.mkdir(0o700)
    return env_file, data
