"""The mail that brings a letter back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.locales import Language, catalog
from bot.mail.page import Button, Page, as_html, as_text
from bot.mail.reminder import reminder_page
from bot.text import Entity, Words

WORDS = Words("매일 아침 달리기 🏃", (Entity(type="bold", offset=0, length=5),))
BOT = "https://t.me/slow_mailbox_bot"
STOP = "https://t.me/slow_mailbox_bot?start=stop"


def page(
    language: Language,
    *,
    day: int = 7,
    late: bool = False,
    chat_blocked: bool = False,
    last: bool = False,
    bot_link: str | None = BOT,
    stop_link: str | None = STOP,
) -> Page:
    return reminder_page(
        catalog=catalog(language),
        words=WORDS,
        days_ago=day,
        sealed_at=datetime(2026, 1, 5, 23, 30, tzinfo=UTC),
        due_at=datetime(2026, 1, 12, 23, 30, tzinfo=UTC),
        zone=ZoneInfo("Asia/Seoul"),
        late=late,
        chat_blocked=chat_blocked,
        bot_link=bot_link,
        last=last,
        stop_link=stop_link,
    )


@pytest.mark.parametrize(
    ("language", "day", "subject"),
    [
        (Language.KO, 7, "7일 전의 나에게서 온 편지"),
        (Language.KO, 30, "30일 전의 나에게서 온 편지"),
        (Language.EN, 7, "A letter from you, 7 days ago"),
        (Language.EN, 1, "A letter from you, 1 day ago"),
        (Language.EN, 1000, "A letter from you, 1,000 days ago"),
    ],
)
def test_the_subject_says_how_long_ago(language: Language, day: int, subject: str) -> None:
    assert page(language, day=day).subject == subject


@pytest.mark.parametrize(
    ("language", "date"), [(Language.KO, "2026년 1월 6일"), (Language.EN, "January 6, 2026")]
)
def test_the_day_of_sealing_is_the_persons_own(language: Language, date: str) -> None:
    assert date in page(language).lines[0]


@pytest.mark.parametrize("language", Language)
def test_the_words_are_quoted_in_both_parts(language: Language) -> None:
    reminder = page(language)
    assert "\n\n매일 아침 달리기 🏃\n\n" in as_text(reminder)
    assert "><b>매일 아침</b> 달리기 🏃</td>" in as_html(reminder, language)


@pytest.mark.parametrize(
    ("language", "due"), [(Language.KO, "2026년 1월 13일"), (Language.EN, "January 13, 2026")]
)
def test_only_a_late_one_says_when_it_was_due(language: Language, due: str) -> None:
    assert due in page(language, late=True).lines[1]
    assert len(page(language).lines) == 1


@pytest.mark.parametrize("language", Language)
def test_the_last_one_says_so(language: Language) -> None:
    said = set(page(language, last=True).closing) - set(page(language).closing)
    assert said == {catalog(language).say("mail-reminder-last")}


@pytest.mark.parametrize("language", Language)
def test_where_the_chat_is_blocked_it_says_how_to_come_back(language: Language) -> None:
    blocked, open_ = page(language, chat_blocked=True), page(language)
    say = catalog(language).say
    assert set(blocked.closing) - set(open_.closing) == {say("mail-reminder-chat-blocked")}
    assert blocked.button == Button(say("mail-reminder-return"), BOT)
    assert open_.button == Button(say("mail-reminder-answer"), f"{BOT}?start=write")


@pytest.mark.parametrize("language", Language)
def test_it_offers_no_way_it_does_not_have(language: Language) -> None:
    reminder = page(language, bot_link=None, stop_link=None)
    assert reminder.button is None
    assert reminder.footer == (catalog(language).say("mail-reminder-why"),)
    assert "http" not in as_text(reminder)


@pytest.mark.parametrize("language", Language)
def test_the_footer_says_why_and_how_to_stop(language: Language) -> None:
    say = catalog(language).say
    assert page(language).footer == (say("mail-reminder-why"), Button(say("mail-stop"), STOP))


@pytest.mark.parametrize("language", Language)
def test_what_an_inbox_previews_keeps_the_words_to_oneself(language: Language) -> None:
    reminder = page(language)
    assert "달리기" not in reminder.preheader + reminder.subject + reminder.greeting
