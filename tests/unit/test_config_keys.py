"""LETTER_KEYS: how keys are written, and that one which is none is refused unseen."""

import base64
from pathlib import Path

import pytest

from bot.settings import ConfigError, parse_settings
from bot.store.letter_keys import Keys, new_key

KEY = new_key()


def test_without_letter_keys_nothing_is_sealed() -> None:
    for value in ("", " ", "\n"):
        assert parse_settings({"LETTER_KEYS": value}).letter_keys == ()


@pytest.mark.parametrize("between", [",", " ", ", ", ",\n", "\n", " , "])
def test_letter_keys_are_told_apart_by_commas_or_white_space(between: str, tmp_path: Path) -> None:
    keys = (new_key(), new_key(), new_key())
    file = tmp_path / "keys"
    file.write_text(f"{between.join(keys)}\n")
    assert parse_settings({"LETTER_KEYS": between.join(keys)}).letter_keys == keys
    assert parse_settings({"LETTER_KEYS": KEY, "LETTER_KEYS_FILE": str(file)}).letter_keys == keys


@pytest.mark.parametrize(
    "spoilt",
    [
        KEY[:-1],
        KEY[1:],
        f"{KEY}=",
        f"{KEY[:20]}!{KEY[20:]}",
        KEY.rstrip("="),
        base64.urlsafe_b64encode(b"x" * 31).decode(),
        base64.urlsafe_b64encode(b"x" * 33).decode(),
        base64.b64encode(b"\xff" * 32).decode(),
        "편지" * 22,
    ],
    ids=range(9),
)
def test_what_only_looks_like_a_letter_key_is_refused_unseen(spoilt: str) -> None:
    with pytest.raises(ConfigError, match=r"^LETTER_KEYS must be keys") as problem:
        parse_settings({"LETTER_KEYS": f"{KEY} {spoilt}"})
    said = str(problem.value)
    assert spoilt not in said
    assert KEY not in said
    assert "\n" not in said


@pytest.mark.parametrize("content", ["", " \n", ",", "Dear diary"])
def test_a_key_file_without_a_key_is_a_mistake_and_no_missing_key(
    content: str, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"^LETTER_KEYS_FILE must"):
        parse_settings({"LETTER_KEYS": KEY, "LETTER_KEYS_FILE": str(file)})


def test_a_key_file_that_is_not_there_or_no_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere", "bytes", ""):
        with pytest.raises(ConfigError, match=r"^LETTER_KEYS_FILE must"):
            parse_settings({"LETTER_KEYS_FILE": str(tmp_path / name)})


def test_letter_keys_are_secrets_and_never_shown() -> None:
    settings = parse_settings({"LETTER_KEYS": f"{KEY},{new_key()}"})
    assert settings.letter_keys == settings.secrets
    assert not any(key in repr(settings) for key in settings.letter_keys)


def test_every_letter_key_taken_unwraps_what_it_wraps() -> None:
    first, second = parse_settings({"LETTER_KEYS": f"{KEY}, {new_key()}"}).letter_keys
    wrapped = Keys.of([first]).wrap(7, bytes(32))
    assert bytes(32) not in wrapped
    assert Keys.of([second, first]).unwrap(7, Keys.of([first]).current, wrapped) == bytes(32)
