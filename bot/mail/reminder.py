"""The mail that brings a letter back."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.locales import Catalog
from bot.mail.page import Button, Page
from bot.text import Words


def reminder_page(
    *,
    catalog: Catalog,
    words: Words,
    days_ago: int,
    sealed_at: datetime,
    due_at: datetime,
    zone: ZoneInfo,
    late: bool,
    chat_blocked: bool,
    bot_link: str | None,
    last: bool,
    stop_link: str | None,
) -> Page:
    """Return the mail for one reminder of a letter, dates as people in `zone` write them.

    `days_ago` is how old it is, `late` says when it was due, `chat_blocked` how to have the bot
    back, `last` that it won't return; `stop_link` leads to where mail to this address is stopped.
    """
    say, count = catalog.say, catalog.count

    def lines() -> Iterable[str]:
        yield say("mail-reminder-sealed", date=catalog.date(sealed_at, zone))
        if late:
            yield say("mail-reminder-late", due=catalog.date_and_time(due_at, zone))

    def closing() -> Iterable[str]:
        yield say("mail-reminder-question")
        if last:
            yield say("mail-reminder-last")
        if chat_blocked:
            yield say("mail-reminder-chat-blocked")

    def footer() -> Iterable[str | Button]:
        yield say("mail-reminder-why")
        if stop_link is not None:
            yield Button(say("mail-stop"), stop_link)

    return Page(
        subject=count("mail-reminder-subject", days_ago),
        preheader=say("mail-reminder-preheader"),
        stamp=count("mail-reminder-stamp", days_ago),
        greeting=count("mail-reminder-greeting", days_ago),
        lines=tuple(lines()),
        words=words,
        closing=tuple(closing()),
        button=_button(catalog, bot_link, chat_blocked=chat_blocked),
        footer=tuple(footer()),
    )


def _button(catalog: Catalog, bot_link: str | None, *, chat_blocked: bool) -> Button | None:
    if bot_link is None:
        return None
    if chat_blocked:
        return Button(catalog.say("mail-reminder-return"), bot_link)
    return Button(catalog.say("mail-reminder-answer"), f"{bot_link}?start=write")
