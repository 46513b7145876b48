"""Whole stories of a letter that comes back, typed in the local mode."""

import re
from pathlib import Path

from tests.support.program import run
from tests.support.talk import EN, told

WORDS = "Run every morning"
SEALED = ("/write", WORDS, "me@example.com", ":open")


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


async def test_who_answers_by_the_mails_link_sees_it_on_day_30(tmp_path: Path) -> None:
    script = typed(*SEALED, ":skip 7d", ":open half", "it rained", ":skip 23d", ":mail 3")
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    first, last = ended.out.split(":skip 23d")
    assert "✓ Half-way\n" in first
    assert EN.count("note-kept-until", 30) in first
    chat, mail = last.split(":mail 3")
    assert re.search(r"On day 7 you said “Half-way”\.\n +│ it rained\n", chat)
    assert re.search(r"On day 7 you said “Half-way”\.\n +> it rained\n", mail)


async def test_who_comes_back_after_a_year_and_presses_an_old_button_is_answered(
    tmp_path: Path,
) -> None:
    script = typed(*SEALED, ":skip 7d", ":skip 23d", ":skip 365d", ":press Another time")
    script += typed(":press In a year", ":press Not yet", ":skip 366d")
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    answered, later = ended.out.split(":press In a year")
    assert "✓ Another time\n" in answered
    assert told("letter-ended") in answered
    assert "It sets out once more" in later
    assert "✓ Not yet\n" in later
    assert "On day 30 you said “Another time”." in later.split(":skip 366d")[1]


async def test_a_stranger_who_opens_a_mail_passed_on_answers_for_nobody(tmp_path: Path) -> None:
    script = typed(*SEALED, ":skip 7d", ":as Mallory", ":open Keeping")
    ended = await run("local", folder=tmp_path, text=script)
    assert "works only for the one who wrote the letter" in ended.out
    assert "✓" not in ended.out.split(":as Mallory")[1]
    assert WORDS not in ended.out.split(":as Mallory")[1]
