"""The catalogs: languages that say the same things, and nothing that nobody says."""

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.catalog import Catalog as PoFile
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import bot
from bot.answers import Answer
from bot.chat.handlers import MENU
from bot.dates import Flaw as DayFlaw
from bot.delivery.outcome import Cause
from bot.email_address import Flaw
from bot.letters import Channel
from bot.locales import LANGUAGES, Language, catalog, language_of
from bot.messages.confirmation import Confirmation
from bot.messages.kinds import KINDS
from bot.messages.operator_notes import LaneDown, LaneStalled, LetterGivenUp, LetterRefused
from bot.messages.reminder import ReminderMessage
from bot.messages.suppression_notice import SuppressionNotice
from bot.store.standings import Standing
from bot.text import Entity, Words, utf16_length
from tests.support.languages import ENGLISH, JAPANESE, KOREAN

BOT = Path(bot.__file__).parent
SEOUL = ZoneInfo("Asia/Seoul")
SECOND = timedelta(seconds=1)
MOMENT = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
A_SENTENCE = 12  # characters; anything shorter may be a sign or a pattern
NAMED_BY_VALUE = {
    *(flaw.value for flaw in Flaw),
    *(flaw.value for flaw in DayFlaw),
    *(f"command-{command}" for command in MENU),
    *(KINDS.keys() - {ReminderMessage.kind, Confirmation.kind, SuppressionNotice.kind}),
    *(f"remedy-{cause}" for cause in Cause),
    *(f"{note.kind}-meanwhile" for note in (LaneDown, LaneStalled, LetterRefused, LetterGivenUp)),
    *(f"channel-{channel}" for channel in Channel),
    *(f"in-{channel}" for channel in Channel),
    *(standing.value for standing in Standing),
    *(f"{place}-{answer}" for answer in Answer for place in ("answer", "button")),
}


every_language = pytest.mark.parametrize("language", LANGUAGES)


def source(language: Language) -> str:
    return (BOT / "locales" / language / "LC_MESSAGES" / "bot.po").read_text()


def po(language: Language) -> PoFile:
    return read_po(StringIO(source(language)), locale=language, abort_invalid=True)


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
    """Return each name that is handed on to be said as it stands, and whether it is counted."""
    counted = {"say": False, "say_words": False, "edit": False, "count": True, "count_words": True}
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                function = node.func
                called = getattr(function, "attr", getattr(function, "id", ""))
                for first in node.args[:1]:
                    if called in counted and isinstance(first, ast.Constant):
                        yield str(first.value), counted[called]


def letters(message: Message) -> str:
    """Return the letters that people read; those of places and of CSS are none."""
    spoken = "" if name(message).startswith("css-") else "".join(forms(message))
    return "".join(filter(str.isalpha, re.sub(r"\{\w*(?::\w+)?\}", "", spoken)))


def script(letter: str) -> str:
    """Return what Unicode calls a letter's script: LATIN, HANGUL, HIRAGANA ..."""
    return unicodedata.name(letter).split()[0]


def test_each_folder_here_is_a_language_that_is_known_by_its_name() -> None:
    folders = {path.name for path in (BOT / "locales").iterdir() if path.is_dir()}
    assert set(LANGUAGES) == folders - {"__pycache__"}
    assert {ENGLISH, KOREAN} <= set(LANGUAGES)
    for language in LANGUAGES:
        assert re.fullmatch("[a-z]{2}", language), "the Bot API takes two letters"
        assert Locale.parse(language).language == language


@every_language
def test_a_catalogs_header_names_its_language_and_plural_forms(language: Language) -> None:
    header = po(language).mime_headers
    assert ("Language", language) in header
    plural = re.search(r"^\"Plural-Forms: (.*)\\n\"$", source(language), re.MULTILINE)
    assert plural is not None
    assert ("Plural-Forms", plural.group(1)) in header


@every_language
def test_a_language_has_every_message(language: Language) -> None:
    everywhere = set().union(*map(messages, LANGUAGES))
    assert everywhere - messages(language).keys() == set()


@every_language
def test_a_message_has_the_same_places_in_every_language_and_form(language: Language) -> None:
    ours = messages(language)
    for each in LANGUAGES:
        theirs = messages(each)
        for shared in ours.keys() & theirs.keys():
            found = [places(text) for both in (ours, theirs) for text in forms(both[shared])]
            assert all(one == found[0] for one in found), (shared, each)


@every_language
def test_no_message_is_left_empty_or_fuzzy_or_twice(language: Language) -> None:
    for message in po(language):
        assert all(forms(message)), message.id
        assert not message.id or not message.fuzzy, message.id
    ids = re.findall(r'^msgid "(.+)"$', source(language), re.MULTILINE)
    assert len(ids) == len(set(ids))


@every_language
def test_a_counted_message_has_every_form_of_its_language(language: Language) -> None:
    file = po(language)
    for message in file:
        if message.pluralizable:
            assert len(forms(message)) == file.num_plurals, message.id


@every_language
def test_every_message_said_is_in_the_catalog(language: Language) -> None:
    known = messages(language)
    said = dict(names_said())
    assert len(said) > 40
    for each, counted in said.items():
        assert each in known, each
        assert bool(known[each].pluralizable) is counted, each
    assert known.keys() >= NAMED_BY_VALUE


@every_language
def test_no_message_is_there_for_nobody(language: Language) -> None:
    used = set(strings_in_code()) | NAMED_BY_VALUE
    assert messages(language).keys() - used == set()


@every_language
def test_each_language_is_its_own(language: Language) -> None:
    ours = {each: letters(message) for each, message in messages(language).items()}
    scripts = Counter(map(script, "".join(ours.values())))
    [(own, _)] = scripts.most_common(1)
    for each, text in ours.items():
        assert len(text) < A_SENTENCE or own in map(script, text), each
    assert own != "LATIN" or set(scripts) == {"LATIN"}


@every_language
def test_no_message_is_another_languages(language: Language) -> None:
    ours = messages(language)
    for other in set(LANGUAGES) - {language}:
        theirs = messages(other)
        for each in ours.keys() & theirs.keys():
            text = letters(ours[each])
            assert len(text) < A_SENTENCE or text != letters(theirs[each]), (each, other)


@every_language
def test_what_is_css_in_a_catalog_is_nothing_else(language: Language) -> None:
    for each, message in messages(language).items():
        if each.startswith("css-"):
            assert re.fullmatch(r"[\w ',-]+", "".join(forms(message))), each


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ko", KOREAN),
        ("ko-KR", KOREAN),
        ("KO_kr", KOREAN),
        ("en", ENGLISH),
        ("en-GB", ENGLISH),
        ("de", KOREAN),
        ("kok", KOREAN),
        ("", KOREAN),
        (None, KOREAN),
    ],
)
def test_the_language_follows_telegrams_code_or_the_default(
    code: str | None, language: Language
) -> None:
    assert language_of(code, KOREAN) == language


def test_another_default_serves_all_others() -> None:
    assert language_of("de", ENGLISH) == ENGLISH


@pytest.mark.parametrize(
    ("language", "near", "far"),
    [
        (KOREAN, "1월 6일 화요일 오전 8:30", "2026년 1월 6일 화요일 오전 8:30"),
        (ENGLISH, "Tue, Jan 6, 8:30 AM", "Tue, Jan 6, 2026, 8:30 AM"),
        (JAPANESE, "1月6日(火) 午前8:30", "2026年1月6日(火) 午前8:30"),
    ],
)
def test_a_date_names_the_year_only_when_it_is_another(
    language: Language, near: str, far: str
) -> None:
    speech = catalog(language)
    new_year_there = datetime(2025, 12, 31, 15, tzinfo=UTC)
    for moment, written in ((new_year_there, near), (new_year_there - SECOND, far)):
        assert speech.date_and_time(MOMENT, SEOUL, near=moment) == written
    assert speech.date_and_time(MOMENT, SEOUL) == far


@pytest.mark.parametrize(
    ("language", "hour", "noon"),
    [
        (KOREAN, "오전 8시", "오후 12시"),
        (ENGLISH, "8 AM", "12 PM"),
        (JAPANESE, "午前8時", "午後0時"),
    ],
)
def test_a_full_hour_is_written_without_minutes(language: Language, hour: str, noon: str) -> None:
    speech, eight = catalog(language), MOMENT - timedelta(minutes=30)
    assert speech.time(eight, SEOUL) == hour
    assert speech.time(eight + timedelta(hours=4), SEOUL) == noon


@every_language
def test_a_name_that_is_unknown_or_a_place_left_empty_is_an_error(language: Language) -> None:
    speech = catalog(language)
    with pytest.raises(KeyError, match="no-such-message"):
        speech.say("no-such-message")
    with pytest.raises(KeyError, match="no-such-message"):
        speech.count("no-such-message", 1)
    with pytest.raises(KeyError, match="address"):
        speech.say("button-as-suggested")


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 day ago"), (7, "7 days ago"), (1000, "1,000 days ago")]
)
def test_a_count_takes_the_form_that_goes_with_it(n: int, said: str) -> None:
    assert said in catalog(ENGLISH).count("mail-reminder-subject", n)
    assert f"{n:,}일" in catalog(KOREAN).count("mail-reminder-subject", n)


@pytest.mark.parametrize(
    ("days", "en", "ko", "ja"),
    [
        ((1,), "after 1 day", "1일 뒤", "1日後"),
        ((30,), "after 30 days", "30일 뒤", "30日後"),
        ((7, 30), "after 7 and 30 days", "7일 뒤와 30일 뒤", "7日後と30日後"),
        ((7, 1000), "after 7 and 1,000 days", "7일 뒤와 1,000일 뒤", "7日後と1,000日後"),
    ],
)
def test_days_are_listed_as_people_say_them(
    days: tuple[int, ...], en: str, ko: str, ja: str
) -> None:
    assert catalog(ENGLISH).after(days) == en
    assert catalog(KOREAN).after(days) == ko
    assert catalog(JAPANESE).after(days) == ja


def test_what_people_wrote_is_never_taken_for_a_place() -> None:
    said = catalog(ENGLISH).say("button-as-suggested", address="{n}{0}%s@example.com")
    assert "{n}{0}%s@example.com" in said


@every_language
def test_a_value_with_formatting_keeps_it_where_the_language_has_its_place(
    language: Language,
) -> None:
    day = Words.moment("🗓 1/8", MOMENT, "D")
    said = catalog(language).count_words("reminder-opening", 1000, date=day)
    assert said.text == catalog(language).count("reminder-opening", 1000, date="🗓 1/8")
    before = said.text.partition("🗓")[0]
    assert said.entities == tuple(each.moved(utf16_length(before)) for each in day.entities)


@every_language
def test_words_are_said_as_the_plain_message_is(language: Language) -> None:
    speech = catalog(language)
    assert speech.say_words("mail-given-up", address="{n}").text == speech.say(
        "mail-given-up", address="{n}"
    )
    with pytest.raises(KeyError, match="no-such-message"):
        speech.say_words("no-such-message")
    with pytest.raises(KeyError, match="no-such-message"):
        speech.count_words("no-such-message", 1)
    with pytest.raises(KeyError, match="address"):
        speech.say_words("mail-given-up")


def test_a_particle_stands_behind_a_value_and_its_formatting() -> None:
    address = Words("me@naver.com", (Entity(type="bold", offset=0, length=12),))
    speech = catalog(KOREAN)
    said = speech.say_words("button-as-suggested", address=address)
    assert said.text == speech.say("button-as-suggested", address="me@naver.com")
    assert said.text.startswith("me@naver.com으로")
    assert said.entities == address.entities
