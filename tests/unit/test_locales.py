"""The catalogs: two languages that say the same things, and nothing that nobody says."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog as PoFile
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import bot
from bot.chat.handlers import COMMANDS
from bot.email_address import Flaw
from bot.locales import Language, catalog, language_of
from bot.messages.confirmation import Confirmation
from bot.messages.kinds import KINDS
from bot.messages.reminder import ReminderMessage

BOT = Path(bot.__file__).parent
SEOUL = ZoneInfo("Asia/Seoul")
MOMENT = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
A_SENTENCE = 12  # characters; anything shorter may be a sign or a pattern
NAMED_BY_VALUE = {
    *(flaw.value for flaw in Flaw),
    *(f"command-{command}" for command in COMMANDS),
    *(KINDS.keys() - {ReminderMessage.kind, Confirmation.kind}),
}


def po(language: Language) -> PoFile:
    with (BOT / "locales" / language.value / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


def messages(language: Language) -> dict[str, Message]:
    """Return every message by its name."""
    return {name(message): message for message in po(language) if message.id}


def name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def strings_in_code() -> Iterator[str]:
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def names_said() -> Iterator[tuple[str, bool]]:
    """Return each name handed to `say` or `count` as it stands, and whether it was counted."""
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                function = node.func
                called = getattr(function, "attr", getattr(function, "id", ""))
                for first in node.args[:1]:
                    if called in {"say", "count"} and isinstance(first, ast.Constant):
                        yield str(first.value), called == "count"


def test_both_languages_have_the_same_messages() -> None:
    assert messages(Language.KO).keys() == messages(Language.EN).keys()


def test_a_message_has_the_same_places_in_both_languages_and_all_its_forms() -> None:
    ko, en = messages(Language.KO), messages(Language.EN)
    for each in en:
        found = {frozenset(places(text)) for both in (ko, en) for text in forms(both[each])}
        assert len(found) == 1, each


@pytest.mark.parametrize("language", Language)
def test_no_message_is_left_empty_or_fuzzy_or_twice(language: Language) -> None:
    file = po(language)
    for message in file:
        assert all(forms(message)), message.id
        assert not message.id or not message.fuzzy, message.id
    source = (BOT / "locales" / language.value / "LC_MESSAGES" / "bot.po").read_text()
    ids = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", Language)
def test_a_counted_message_has_every_form_of_its_language(language: Language) -> None:
    file = po(language)
    for message in file:
        if message.pluralizable:
            assert len(forms(message)) == file.num_plurals, message.id


def test_every_message_said_is_in_the_catalogs() -> None:
    known = messages(Language.EN)
    said = dict(names_said())
    assert len(said) > 40
    for each, counted in said.items():
        assert each in known, each
        assert bool(known[each].pluralizable) is counted, each
    assert known.keys() >= NAMED_BY_VALUE


def test_no_message_is_there_for_nobody() -> None:
    used = set(strings_in_code()) | NAMED_BY_VALUE
    assert messages(Language.EN).keys() - used == set()


def test_each_language_is_its_own() -> None:
    ko, en = messages(Language.KO), messages(Language.EN)
    for each in ko:
        spoken = re.sub(r"\{\w*\}", "", "".join(forms(ko[each])))
        assert len(spoken) < A_SENTENCE or re.search("[가-힣]", spoken), each
        assert not re.search("[가-힣]", "".join(forms(en[each]))), each


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ko", Language.KO),
        ("ko-KR", Language.KO),
        ("KO_kr", Language.KO),
        ("en", Language.EN),
        ("en-GB", Language.EN),
        ("de", Language.KO),
        ("kok", Language.KO),
        ("", Language.KO),
        (None, Language.KO),
    ],
)
def test_the_language_follows_telegrams_code_or_the_default(
    code: str | None, language: Language
) -> None:
    assert language_of(code, Language.KO) is language


def test_another_default_serves_all_others() -> None:
    assert language_of("de", Language.EN) is Language.EN


@pytest.mark.parametrize(
    ("language", "date", "time", "both"),
    [
        (Language.KO, "2026년 1월 6일 화요일", "오전 8:30", "2026년 1월 6일 화요일 오전 8:30"),
        (
            Language.EN,
            "Tuesday, January 6, 2026",
            "8:30\N{NARROW NO-BREAK SPACE}AM",
            "Tuesday, January 6, 2026, 8:30\N{NARROW NO-BREAK SPACE}AM",
        ),
    ],
)
def test_dates_are_written_as_people_there_do(
    language: Language, date: str, time: str, both: str
) -> None:
    speech = catalog(language)
    assert speech.date(MOMENT, SEOUL) == date
    assert speech.time(MOMENT, SEOUL).replace(" ", "\N{NARROW NO-BREAK SPACE}") == time.replace(
        " ", "\N{NARROW NO-BREAK SPACE}"
    )
    assert speech.date_and_time(MOMENT, SEOUL).split() == both.split()


@pytest.mark.parametrize("language", Language)
def test_a_name_that_is_unknown_or_a_place_left_empty_is_an_error(language: Language) -> None:
    speech = catalog(language)
    with pytest.raises(KeyError, match="no-such-message"):
        speech.say("no-such-message")
    with pytest.raises(KeyError, match="no-such-message"):
        speech.count("no-such-message", 1)
    with pytest.raises(KeyError, match="address"):
        speech.say("button-as-typed")


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 day ago"), (7, "7 days ago"), (1000, "1,000 days ago")]
)
def test_a_count_takes_the_form_that_goes_with_it(n: int, said: str) -> None:
    assert said in catalog(Language.EN).count("mail-reminder-subject", n)
    assert f"{n:,}일" in catalog(Language.KO).count("mail-reminder-subject", n)


@pytest.mark.parametrize(
    ("days", "en", "ko"),
    [
        ((1,), "after 1 day", "1일 뒤"),
        ((30,), "after 30 days", "30일 뒤"),
        ((7, 30), "after 7 and 30 days", "7일 뒤와 30일 뒤"),
        ((7, 1000), "after 7 and 1,000 days", "7일 뒤와 1,000일 뒤"),
    ],
)
def test_days_are_listed_as_people_say_them(days: tuple[int, ...], en: str, ko: str) -> None:
    assert catalog(Language.EN).after(days) == en
    assert catalog(Language.KO).after(days) == ko


def test_what_people_wrote_is_never_taken_for_a_place() -> None:
    said = catalog(Language.EN).say("button-as-typed", address="{n}{0}%s@example.com")
    assert "{n}{0}%s@example.com" in said
