"""What somebody can still do with a letter in its first hour, typed in the local mode."""

from pathlib import Path

from tests.support.program import Finished, run
from tests.support.talk import told

SEALED = ("/write", "Run every morning", ":press just here")
TAKE_BACK = f":press {told('button-take-back')}"


async def typed(folder: Path, *lines: str) -> Finished:
    """Type these lines; returns how the program ended."""
    ended = await run("local", folder=folder, text="".join(f"{line}\n" for line in lines))
    assert ended.code == 0
    assert "Traceback" not in ended.err
    return ended


async def test_a_letter_is_taken_back_after_59_minutes_and_never_comes(tmp_path: Path) -> None:
    ended = await typed(tmp_path, *SEALED, ":skip 59m", TAKE_BACK, ":skip 31d")
    assert told("taken-back") in ended.out
    assert "📮" not in ended.out


async def test_after_61_minutes_it_can_be_neither_taken_back_nor_edited(tmp_path: Path) -> None:
    late = (":skip 61m", TAKE_BACK, ":edit Sleep in", ":skip 7d")
    ended = await typed(tmp_path, *SEALED, *late)
    at_the_hour, pressed = ended.out.split(f"you> {TAKE_BACK}")
    assert told("sealed-closed") in at_the_hour
    assert told("taken-back") not in pressed
    assert told("edit-of-sealed") in pressed
    assert "Run every morning" in pressed.split("📮")[1]


async def test_words_changed_in_time_are_those_that_come(tmp_path: Path) -> None:
    change = f":press {told('button-change')}"
    ended = await typed(tmp_path, *SEALED, ":edit Run", change, "Swim", ":skip 7d")
    came = ended.out.split("📮")[1]
    assert "Swim" in came
    assert "Run" not in came


async def test_who_never_confirms_hears_of_it_twice_and_no_more(tmp_path: Path) -> None:
    letter = ("/write", "Run every morning", "me@example.com")
    ended = await typed(tmp_path, *letter, ":skip 2d", *letter, ":skip 60d", ":mail")
    assert ended.out.count(told("address-unconfirmed", address="me@example.com")) == 1
    assert ended.out.count(told("mail-not-sent")) == 1
    assert ended.out.count("📮") == 4
