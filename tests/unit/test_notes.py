"""What is said in the chat, and which buttons stand under it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import callbacks
from bot.botapi.buttons import Button
from bot.delivery.notes import Note, note
from bot.letters import Delivery, Kind, Letter
from bot.locales import Language, catalog
from bot.text import MESSAGE_LIMIT, Entity, Words, utf16_length
from tests.support.sealed_letters import A_DELIVERY

SEALED = datetime(2026, 1, 1, 9, tzinfo=UTC)
DUE = SEALED + timedelta(days=7)
BOLD = Words("달리기 🏃 always", (Entity(type="bold", offset=7, length=2),))
LETTER = Letter(id=1, person_id=5, words=BOLD, zone=ZoneInfo("Asia/Seoul"), sealed_at=SEALED)
REMINDER = replace(A_DELIVERY, letter=LETTER, due_at=DUE)
OTHER_KINDS = [kind for kind in Kind if kind not in {Kind.REMINDER, Kind.CONFIRMATION}]
FACTS = {
    "update": "17",
    "channel": "email",
    "reason": "smtp-535@auth",
    "token": "0" * 32,
    **dict.fromkeys(
        ("date", "sealed", "sent", "failed", "overdue", "waiting", "unreachable", "lanes"), "1"
    ),
}
both_languages = pytest.mark.parametrize("language", Language)


def said(delivery: Delivery, language: Language = Language.EN, after: float = 0) -> Note:
    """Return what is said so many hours after the delivery was due."""
    return note(delivery, catalog(language), DUE + timedelta(hours=after))


def text_of(delivery: Delivery, language: Language = Language.EN, after: float = 0) -> str:
    [words] = said(delivery, language, after).parts
    return words.text


@both_languages
def test_a_reminder_gives_the_words_back_as_they_were_formatted(language: Language) -> None:
    [words] = said(REMINDER, language).parts
    assert words.text.endswith(f"\n\n{BOLD.text}")
    [entity] = words.entities
    cut = words.text.encode("utf-16-le")[entity.offset * 2 : (entity.offset + entity.length) * 2]
    assert entity.type == "bold"
    assert cut.decode("utf-16-le") == BOLD.text.encode("utf-16-le")[14:18].decode("utf-16-le")


@both_languages
def test_a_reminder_says_when_the_letter_was_sealed(language: Language) -> None:
    day = catalog(language).date(SEALED, LETTER.zone)
    assert day in text_of(REMINDER, language).partition("\n\n")[0]


@both_languages
@pytest.mark.parametrize(("hours", "late"), [(0, False), (2, False), (2.001, True), (96, True)])
def test_only_a_late_reminder_says_when_it_was_due(
    language: Language, hours: float, *, late: bool
) -> None:
    due = catalog(language).date_and_time(DUE, LETTER.zone)
    assert (due in text_of(REMINDER, language, hours)) is late


@both_languages
def test_only_a_reminder_in_doubt_says_that_it_may_be_the_second(language: Language) -> None:
    again = catalog(language).say("reminder-maybe-again")
    assert again not in text_of(REMINDER, language)
    assert text_of(replace(REMINDER, doubts=1), language).endswith(f"\n\n{again}")


def test_the_longest_letter_goes_out_in_pieces_that_telegram_takes() -> None:
    words = Words("한" * 3999 + "!")
    parts = said(replace(REMINDER, letter=replace(LETTER, words=words), doubts=1), after=9).parts
    assert all(0 < utf16_length(part.text) <= MESSAGE_LIMIT for part in parts)
    assert "".join(part.text for part in parts).count("한") == 3999


@both_languages
def test_what_is_asked_under_the_longest_letter_stays_in_one_piece(language: Language) -> None:
    words = Words("한 " * 1999 + "한!")
    longest = replace(REMINDER, letter=replace(LETTER, words=words), last=True)
    _, asked = said(longest, language).parts
    assert asked.text == catalog(language).say("reminder-last")


def test_a_reminder_without_its_letter_is_a_bug() -> None:
    with pytest.raises(ValueError, match="without its letter"):
        said(replace(REMINDER, letter=None))


def test_a_confirmation_is_never_said_in_the_chat() -> None:
    with pytest.raises(KeyError, match="confirmation"):
        said(replace(REMINDER, kind=Kind.CONFIRMATION))


@both_languages
def test_a_refused_address_is_named_with_a_button_to_give_another(language: Language) -> None:
    refused = replace(REMINDER, kind=Kind.ADDRESS_REFUSED, letter=None, day=None)
    message = said(refused, language)
    assert "me@example.com" in message.parts[0].text
    label = catalog(language).say("button-change-address")
    assert message.buttons == (Button(label, callbacks.change_address(77)),)


def test_the_longest_button_fits_into_telegrams_sixty_four_bytes() -> None:
    assert len(callbacks.change_address(2**63 - 1).encode()) <= 64


@both_languages
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_every_kind_that_goes_to_a_chat_has_its_words(language: Language, kind: Kind) -> None:
    other = replace(REMINDER, kind=kind, letter=None, day=None, params=FACTS)
    assert text_of(other, language).strip()


@both_languages
def test_a_stopped_address_is_named_with_a_button_to_give_another(language: Language) -> None:
    message = said(replace(REMINDER, kind=Kind.ADDRESS_STOPPED, letter=None), language)
    assert [button.data for button in message.buttons] == [callbacks.change_address(77)]
