"""What is said in the chat, and which buttons stand under it."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.answers import Answer, Answered, Line
from bot.botapi.buttons import Button, Press, PressWith
from bot.chat.handlers import FEATURES
from bot.delivery.outcome import Cause
from bot.letters import Letter
from bot.locales import LANGUAGES, Language, catalog
from bot.messages.address_wanted import CHANGE_ADDRESS, AddressRefused, AddressStopped
from bot.messages.answering import CHANGE_ANSWER
from bot.messages.draft_resting import GO_ON, DraftResting
from bot.messages.kinds import KINDS
from bot.messages.message import ChatMessage, ChatText, Kept, Note, Sending
from bot.messages.note_in_doubt import SHOW, NoteInDoubt
from bot.messages.operator_notes import LaneDown, LaneStalled, LetterGivenUp, LetterRefused
from bot.messages.reminder import ReminderMessage
from bot.text import MESSAGE_LIMIT, Entity, Words, utf16_length
from tests.support.languages import ENGLISH

SEALED = datetime(2026, 1, 1, 9, tzinfo=UTC)
DUE = SEALED + timedelta(days=7)
TOKEN = "0" * 32
BOLD = Words("달리기 🏃 always", (Entity(type="bold", offset=7, length=2),))
SEOUL = ZoneInfo("Asia/Seoul")
LETTER = Letter(id=1, person_id=5, words=BOLD, zone=SEOUL, sealed_at=SEALED)
REMINDER = ReminderMessage(letter=LETTER, day=7, last=False)
PARAMS = {
    "letters": "3",
    "update": "17",
    "channel": "email",
    "reason": "smtp-535@auth",
    "token": TOKEN,
    **dict.fromkeys(
        ("date", "sealed", "sent", "failed", "overdue", "waiting", "unreachable", "lanes"), "1"
    ),
}
KEPT = Kept(address_id=77, address="me@example.com", params=PARAMS)
SAID = [kind for kind in KINDS.values() if issubclass(kind, ChatMessage)]
both_languages = pytest.mark.parametrize("language", LANGUAGES)


def said(
    message: ChatMessage, language: Language = ENGLISH, after: float = 0, doubts: int = 0
) -> ChatText:
    """Return what is said so many hours after the delivery was due."""
    now = DUE + timedelta(hours=after)
    sending = Sending(
        catalog=catalog(language), now=now, due_at=DUE, zone=SEOUL, token=TOKEN, doubts=doubts
    )
    return message.in_chat(sending)


def text_of(
    message: ChatMessage, language: Language = ENGLISH, after: float = 0, doubts: int = 0
) -> str:
    [words] = said(message, language, after, doubts).parts
    return words.text


def formatted(words: Words, kind: str) -> str:
    """Return what of the words has that formatting."""
    [entity] = [each for each in words.entities if each.type == kind]
    cut = words.text.encode("utf-16-le")[entity.offset * 2 : entity.end * 2]
    return cut.decode("utf-16-le")


@both_languages
def test_a_reminder_gives_the_words_back_in_a_quote_as_they_were_formatted(
    language: Language,
) -> None:
    [words] = said(REMINDER, language).parts
    assert formatted(words, "blockquote") == BOLD.text
    assert formatted(words, "bold") == formatted(BOLD, "bold")


@both_languages
@pytest.mark.parametrize("last", [False, True])
def test_a_letter_with_quotes_of_its_own_is_a_message_of_its_own(
    language: Language, *, last: bool
) -> None:
    own = Words("before\nsaid\nafter", (Entity(type="blockquote", offset=7, length=4),))
    reminder = replace(REMINDER, letter=replace(LETTER, words=own), last=last)
    text = said(reminder, language, doubts=1)
    opening, words, *closing = text.parts
    assert BOLD.text not in opening.text
    assert words == own
    assert [part.holds_quote for part in closing] == [False]


def test_a_long_letter_is_folded() -> None:
    words = Words("\n".join("abcdefg"))
    [part] = said(replace(REMINDER, letter=replace(LETTER, words=words))).parts
    assert formatted(part, "expandable_blockquote") == words.text


def test_a_reminder_answers_the_message_that_brought_the_letter() -> None:
    assert said(replace(REMINDER, message_id=33)).reply_to == 33


def test_a_reminder_at_night_makes_no_sound() -> None:
    sending = Sending(catalog=catalog(ENGLISH), now=DUE, due_at=DUE, zone=SEOUL, token=TOKEN)
    assert not REMINDER.in_chat(sending).silent
    assert REMINDER.in_chat(replace(sending, at_night=True)).silent


@both_languages
def test_the_dates_of_a_reminder_are_drawn_where_it_is_read(language: Language) -> None:
    [words] = said(REMINDER, language, after=9).parts
    drawn = [each.unix_time for each in words.entities if each.type == "date_time"]
    assert drawn == [int(moment.timestamp()) for moment in (SEALED, DUE)]


@both_languages
def test_a_reminder_says_when_the_letter_was_sealed(language: Language) -> None:
    day = catalog(language).date(SEALED, LETTER.zone, near=DUE)
    assert day in text_of(REMINDER, language).partition("\n")[0]


@both_languages
@pytest.mark.parametrize(("hours", "late"), [(0, False), (2, False), (2.001, True), (96, True)])
def test_only_a_late_reminder_says_when_it_was_due(
    language: Language, hours: float, *, late: bool
) -> None:
    due = catalog(language).date_and_time(DUE, LETTER.zone, near=DUE)
    assert (due in text_of(REMINDER, language, hours)) is late


@both_languages
def test_only_a_reminder_in_doubt_says_that_it_may_be_the_second(language: Language) -> None:
    again = catalog(language).say("reminder-maybe-again")
    assert again not in text_of(REMINDER, language)
    assert text_of(REMINDER, language, doubts=1).count(f"\n{again}\n\n") == 1


def test_the_longest_letter_goes_out_in_pieces_that_telegram_takes() -> None:
    words = Words("한" * 3999 + "!")
    parts = said(replace(REMINDER, letter=replace(LETTER, words=words)), after=9, doubts=1).parts
    assert all(0 < utf16_length(part.text) <= MESSAGE_LIMIT for part in parts)
    assert "".join(part.text for part in parts).count("한") == 3999


@both_languages
def test_what_is_asked_under_a_long_letter_stays_in_one_piece(language: Language) -> None:
    question = catalog(language).say("ask-looking-back")
    sizes = set()
    for length in range(MESSAGE_LIMIT - 150, MESSAGE_LIMIT + 50):
        letter = replace(LETTER, words=Words("한" * length))
        *before, asked = said(replace(REMINDER, letter=letter, last=True), language).parts
        assert f"\n{asked.text}".endswith(f"\n{question}")
        assert utf16_length(asked.text) <= MESSAGE_LIMIT
        sizes.add(len(before))
    assert sizes == {0, 1}


def answers_under(message: ReminderMessage, language: Language = ENGLISH) -> list[str]:
    """Return what may be answered, each button with the one answer it sends back."""
    [row] = said(message, language).buttons
    assert isinstance(row, tuple)
    for button, answer in zip(row, message.choices, strict=True):
        assert button.data == f"answer:{TOKEN}:{answer}"
    return [button.label for button in row]


@both_languages
def test_each_day_asks_how_it_goes_and_the_last_how_it_went(language: Language) -> None:
    say, last = catalog(language).say, replace(REMINDER, last=True)
    assert text_of(REMINDER, language).endswith(f"\n{say('ask-how-it-goes')}")
    assert text_of(last, language).endswith(f"\n{say('ask-looking-back')}")
    assert answers_under(REMINDER, language) == [
        say(f"button-{each}") for each in ("keeping", "half", "not-yet")
    ]
    assert answers_under(last, language) == [
        say(f"button-{each}") for each in ("kept", "half-kept", "another-time")
    ]


@both_languages
@pytest.mark.parametrize("answer", Answer)
def test_once_answered_it_says_so_and_can_be_changed(language: Language, answer: Answer) -> None:
    speech = catalog(language)
    shown = replace(REMINDER, answers=(Answered(day=7, answer=answer),), next_day=30)
    assert f"✓ {speech.say(f'button-{answer}')}\n" in text_of(shown, language)
    assert said(shown, language).buttons == (CHANGE_ANSWER.button(speech, TOKEN),)
    again = shown.asking_again()
    assert again.last is answer.looks_back
    assert answer in again.choices
    assert len(answers_under(again, language)) == 3


@both_languages
def test_the_last_one_recalls_what_was_said_before_it(language: Language) -> None:
    note = (Line(message_id=1, words=Words("it rained")), Line(message_id=2, words=BOLD))
    before = (Answered(day=3), Answered(day=7, answer=Answer.HALF, lines=note))
    last = replace(REMINDER, day=30, last=True, answers=before)
    [words] = said(last, language).parts
    assert catalog(language).count("recalled-answer", 7, answer="§").split("§")[0] in words.text
    quotes = [each for each in words.entities if each.type == "blockquote"]
    assert [each.length for each in quotes] == [
        utf16_length(BOLD.text),
        utf16_length(f"it rained\n{BOLD.text}"),
    ]


@both_languages
def test_a_note_without_an_answer_is_recalled_too(language: Language) -> None:
    noted = Answered(day=7, lines=(Line(message_id=1, words=Words("it rained")),))
    text = text_of(replace(REMINDER, day=30, answers=(noted,)), language)
    assert f"{catalog(language).count('recalled-note', 7)}\nit rained\n" in text


@pytest.mark.parametrize("kind", KINDS.values())
def test_what_lacks_its_part_is_not_read(kind: type[Note]) -> None:
    if not fields(kind):
        return
    with pytest.raises((ValueError, LookupError)):
        kind.read(Kept(params={}))


@pytest.mark.parametrize("kind", [AddressRefused, AddressStopped])
@both_languages
def test_an_address_that_takes_no_mail_is_named_with_a_button_to_give_another(
    language: Language, kind: type[AddressRefused | AddressStopped]
) -> None:
    message = said(kind.read(KEPT), language)
    assert "me@example.com" in message.parts[0].text
    label = catalog(language).say("button-change-address")
    assert message.buttons == (Button(label, CHANGE_ADDRESS.data(77)),)


@both_languages
def test_a_letter_in_doubt_and_one_that_rests_have_their_buttons(language: Language) -> None:
    speech = catalog(language)
    assert said(NoteInDoubt(token=TOKEN), language).buttons == (SHOW.button(speech, TOKEN),)
    assert said(DraftResting(), language).buttons == (GO_ON.button(speech),)


@both_languages
@pytest.mark.parametrize("kind", [kind for kind in SAID if kind is not ReminderMessage])
def test_every_kind_that_goes_to_a_chat_has_its_words(
    language: Language, kind: type[ChatMessage]
) -> None:
    assert text_of(kind.read(KEPT), language).strip()


def longest(press: Press | PressWith[Any]) -> str:
    """Return the most that a button of some kind sends back."""
    if isinstance(press, Press):
        return press.name
    given = f"{'0' * 32}:another-time"
    samples = ["9" * 18, "0" * 32, "a" * 59, "kok", "99", "A" * 40, given]
    samples += [f"{'9' * 18}:{'9' * 6}", f"{'9' * 18}:{'9' * 6}:{'9' * 7}"]
    five = ".".join(["9" * 4] * 5)
    samples += [f"{'9' * 10}:{'9' * 10}:{five}", f"{'9' * 18}:{five}"]
    return max(press.data(each) for each in samples if re.match(press.pattern, press.data(each)))


@pytest.mark.parametrize("press", [press for feature in FEATURES for press in feature.presses])
def test_the_longest_press_fits_into_telegrams_sixty_four_bytes(
    press: Press | PressWith[Any],
) -> None:
    assert len(longest(press).encode()) <= 64


@both_languages
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("note", [LaneDown, LaneStalled, LetterRefused, LetterGivenUp])
def test_the_operator_hears_what_is_wrong_the_servers_words_what_to_do_and_what_becomes_of_mail(
    note: type[LaneDown | LaneStalled | LetterRefused | LetterGivenUp],
    cause: Cause,
    language: Language,
) -> None:
    say = catalog(language).say
    reason, words = "smtp-550@rcpt", "5.7.1 {no} such % luck"
    trouble = note(channel="email", reason=reason, cause=cause.value, words=words)
    assert text_of(trouble, language).splitlines() == [
        say(note.kind, channel=say("channel-email"), reason=reason),
        say("trouble-words", words=words),
        say(f"remedy-{cause}"),
        say(f"{note.kind}-meanwhile"),
    ]
    assert note.read(Kept(params=trouble.params())) == trouble


def test_a_note_that_an_older_version_owed_is_said_without_what_it_did_not_keep() -> None:
    owed = Kept(params={"channel": "email", "reason": "smtp-535@auth"})
    assert LaneDown.read(owed) == LaneDown(channel="email", reason="smtp-535@auth")
    assert len(text_of(LaneDown.read(owed)).splitlines()) == 3
