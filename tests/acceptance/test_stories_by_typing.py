"""Whole stories of writing, of addresses, and of changing one's mind, typed in the local mode."""

import re
from pathlib import Path

from tests.support.languages import KOREAN
from tests.support.program import Finished, run
from tests.support.talk import EN, told

PARTS = ("나는", "매일 아침", "여섯 시에", "일어나서", "달린다")
WORDS = "Run every morning"
OLD, NEW = "old@example.com", "new@example.com"


async def typed(folder: Path, *lines: str) -> Finished:
    """Type these lines; returns how the program ended."""
    ended = await run("local", folder=folder, text="".join(f"{line}\n" for line in lines))
    assert ended.code == 0
    assert "Traceback" not in ended.err
    return ended


def quote(*lines: str) -> str:
    """Return a quote as the terminal shows it."""
    return "".join(f"     │ {line}\n" for line in lines)


async def test_five_messages_make_one_letter_and_an_address_in_a_sentence_seals_it(
    tmp_path: Path,
) -> None:
    sentence = "제 메일은 hong123@naver.com이에요"
    came = (":open", ":skip 7d", ":mail 2")
    ended = await typed(tmp_path, ":lang ko", "/write", *PARTS, sentence, *came)
    sealed = ended.out.split(f"you> {sentence}")[1]
    assert quote(*PARTS) in sealed
    assert told("confirm-sent", KOREAN, address="hong123@naver.com") in sealed
    chat, mail = sealed.split(":skip 7d")[1].split(":mail 2")
    assert quote(*PARTS) in chat
    assert re.search(r"hong123@naver\.com · 다짐 “나는…” 7일째", chat)
    assert re.search("\n".join(f" +{line}" for line in PARTS), mail)


async def test_who_has_no_mail_says_so_and_both_reminders_come_in_the_chat(tmp_path: Path) -> None:
    lines = ("/write", WORDS, "no email", ":skip 7d", ":skip 23d", ":mail")
    ended = await typed(tmp_path, *lines)
    assert ended.out.count(f"wrote:\n{quote(WORDS)}") == 2
    assert "mail>" not in ended.out


async def test_who_changes_the_address_after_a_refusal_gets_both_mails_there(
    tmp_path: Path,
) -> None:
    change = f":press {told('button-change-address')}"
    lines = (f":refuse {OLD}", "/write", WORDS, OLD, ":skip 2h", "/letters", change)
    came = (f"my new one is {NEW}, please", ":open", ":skip 7d", ":skip 23d", ":mail")
    ended = await typed(tmp_path, *lines, *came)
    refused, changed = ended.out.split(f"you> {change}")
    assert told("address-refused", address=OLD) in refused
    assert told("letters-next-refused", date="§").partition("§")[2] in refused
    assert f"bot> {told('address-replaced-unconfirmed')}\n     {_sent(NEW)}" in changed
    listed = changed.split("you> :mail")[1]
    assert [line.split()[1] for line in listed.splitlines() if " · " in line] == [NEW] * 3


async def test_who_takes_a_letter_back_by_a_slip_puts_it_back(tmp_path: Path) -> None:
    slip = (f":press {told('button-take-back')}", f":press {told('button-put-back')}")
    ended = await typed(tmp_path, "/write", WORDS, "skip", *slip, ":skip 7d", ":skip 23d")
    assert told("taken-back") in ended.out
    assert ended.out.count(f"wrote:\n{quote(WORDS)}") == 2


async def test_who_only_chats_on_day_7_leaves_no_note_unless_they_mean_it(tmp_path: Path) -> None:
    sealed = ("/write", WORDS, "skip", ":skip 7d")
    chat = ("hi", "settings", "it rained", "wrong chat", f":press {told('button-not-a-note')}")
    ended = await typed(tmp_path, *sealed, *chat, ":skip 23d")
    assert ended.out.count(told("stray")) == 2
    assert f"wrote:\n{quote('it rained')}" in ended.out.split(":skip 23d")[1]


async def test_who_looks_back_in_words_is_asked_what_next(tmp_path: Path) -> None:
    sealed = ("/write", WORDS, "skip", ":skip 7d", ":skip 23d")
    once_more = (f":press {told('button-in-a-month')}", ":skip 31d")
    ended = await typed(tmp_path, *sealed, "I kept at it", *once_more)
    assert told("letter-ended") in ended.out.split("you> I kept at it")[1]
    assert quote("I kept at it") in ended.out.split(":skip 31d")[1]


async def test_other_days_are_chosen_in_bare_numbers_and_an_address_given_beforehand(
    tmp_path: Path,
) -> None:
    days = (f":press {told('button-other-days')}", "3 and 100", ":skip 3d", ":skip 27d")
    ended = await typed(tmp_path, NEW, WORDS, f":press {NEW}", ":open", *days, ":skip 70d")
    assert told("address-first") in ended.out
    came = [EN.count("reminder-opening", n, date="§").partition("§")[0] for n in (3, 100)]
    assert [ended.out.count(each) for each in came] == [1, 1]
    assert "📮 7 days" not in ended.out
    assert "📮 30 days" not in ended.out


def _sent(address: str) -> str:
    return EN.say("confirm-sent", address=address)
