"""A letter comes back, in the chat and by mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from bot.botapi.buttons import DELIVERY, PressWith
from bot.botapi.deep_links import WRITE
from bot.letters import Letter, Postscript
from bot.mail.page import Link, Page
from bot.messages.message import ChatMessage, ChatText, Kept, MailMessage, Sending
from bot.messages.pieces import messages_around
from bot.messages.postscript import with_postscripts
from bot.text import Words

# They name the delivery that brought the letter: after an erasure a letter's own number may be
# another letter's.
KEEP = PressWith("letter:keep:", DELIVERY, str, "button-keep")
LET_GO = PressWith("letter:let-go:", DELIVERY, str, "button-let-go")

HONEST_AFTER = timedelta(hours=2)
"""How late a reminder must be to say when it was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMessage(ChatMessage, MailMessage):
    """The letter of one of its days; `last`: it doesn't come back again."""

    kind: ClassVar[str] = "reminder"
    letter: Letter
    day: int
    last: bool
    message_id: int | None = None
    waited: bool = False
    postscripts: tuple[Postscript, ...] = ()

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the reminder. Raises ValueError for one without its letter."""
        if kept.letter is None or kept.day is None:
            raise ValueError("a reminder without its letter")
        return cls(
            letter=kept.letter,
            day=kept.day,
            last=kept.last,
            message_id=kept.message_id,
            waited=kept.waited,
            postscripts=kept.postscripts,
        )

    def in_chat(self, sending: Sending) -> ChatText:
        """Return the words in a quote, with what is said around them.

        It answers the message of the person's own that brought them.
        """
        closing = Words("\n\n".join(self._said_under(sending)))
        presses = (KEEP, LET_GO) if self.last else ()
        return ChatText(
            parts=messages_around(self._opening(sending), self._words(sending), closing),
            buttons=tuple(press.button(sending.catalog, sending.token) for press in presses),
            reply_to=self.message_id,
            silent=sending.at_night,
        )

    def as_mail(self, sending: Sending) -> Page:
        """Return the letter on paper, dates as people in its zone write them."""
        say, count = sending.catalog.say, sending.catalog.count
        days = days_ago(self.day, sending.due_at, sending.now)
        return Page(
            subject=count("mail-reminder-subject", days),
            preheader=say("mail-reminder-preheader"),
            stamp=count("mail-reminder-stamp", days),
            greeting=count("mail-reminder-greeting", days),
            lines=tuple(self._lines(sending)),
            words=self._words(sending),
            closing=tuple(self._closing(sending)),
            button=_way_back(sending),
            footer=(say("mail-reminder-why"), *sending.stop_links()),
        )

    def _words(self, sending: Sending) -> Words:
        """Return the letter's words with its postscripts under them."""
        return with_postscripts(sending.catalog, self.letter, self.postscripts, sending.now)

    def _opening(self, sending: Sending) -> Words:
        catalog, zone = sending.catalog, self.letter.zone
        days = days_ago(self.day, sending.due_at, sending.now)
        sealed_at = self.letter.sealed_at
        sealed = catalog.date(sealed_at, zone, near=sending.now)
        date = Words.moment(sealed, sealed_at, "wD")
        opening = catalog.count_words("reminder-opening", days, date=date)
        if not is_late(sending.due_at, sending.now):
            return opening
        due = Words.moment(_due(sending), sending.due_at, "wDt")
        return opening.followed_by(catalog.say_words("reminder-late", due=due), "\n")

    def _said_under(self, sending: Sending) -> Iterable[str]:
        if sending.doubts:
            yield sending.catalog.say("reminder-maybe-again")
        if self.last:
            yield sending.catalog.say("reminder-last")

    def _lines(self, sending: Sending) -> Iterable[str]:
        catalog, zone = sending.catalog, self.letter.zone
        sealed = catalog.date(self.letter.sealed_at, zone, near=sending.now)
        yield catalog.say("mail-reminder-sealed", date=sealed)
        if is_late(sending.due_at, sending.now):
            name = "mail-reminder-waited" if self.waited else "mail-reminder-late"
            yield catalog.say(name, due=_due(sending))

    def _closing(self, sending: Sending) -> Iterable[str]:
        yield sending.catalog.say("mail-reminder-question")
        if self.last:
            yield sending.catalog.say("mail-reminder-last")
        if sending.chat_blocked:
            yield sending.catalog.say("mail-reminder-chat-blocked")


def _due(sending: Sending) -> str:
    return sending.catalog.date_and_time(sending.due_at, sending.zone, near=sending.now)


def _way_back(sending: Sending) -> Link | None:
    """Return the link to the bot: to write again, or to have it back where it is blocked."""
    if sending.bot_link is None:
        return None
    if sending.chat_blocked:
        return Link(sending.catalog.say("mail-reminder-return"), sending.bot_link)
    return Link(sending.catalog.say("mail-reminder-answer"), WRITE.url(sending.bot_link))


def is_late(due_at: datetime, now: datetime) -> bool:
    """Return whether what was due at `due_at` and goes out now must say when it was due."""
    return now - due_at > HONEST_AFTER


def days_ago(day: int, due_at: datetime, now: datetime) -> int:
    """Return how many days ago the letter of a day's reminder was sealed, to the nearest."""
    return day + round((now - due_at) / timedelta(days=1))
