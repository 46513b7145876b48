"""A letter comes back, in the chat and by mail."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Self

from bot.answers import AT_THE_END, ON_THE_WAY, Answer, Answered
from bot.botapi.buttons import Row
from bot.botapi.deep_links import ANSWER, WRITE
from bot.letters import Letter, Postscript
from bot.locales import Catalog
from bot.mail.page import Link, Page, Passage
from bot.messages.answering import (
    CHANGE_ANSWER,
    answer_buttons,
    label_of,
    recalled,
    recalled_answer,
    said_to,
)
from bot.messages.message import ChatMessage, ChatText, Kept, MailMessage, Sending
from bot.messages.pieces import messages_around
from bot.messages.postscript import with_postscripts
from bot.text import Words, beginning

_GAP = Words("\n\n")
_FIRST_WORDS = 24  # characters of a letter in a mail's subject

HONEST_AFTER = timedelta(hours=2)
"""How late a reminder must be to say when it was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMessage(ChatMessage, MailMessage):
    """The letter of one of its days; `last`: it doesn't come back again.

    `answers` are all that its person gave, the one of this day too if it is shown once more;
    `next_day` is when it comes back next.
    """

    kind: ClassVar[str] = "reminder"
    letter: Letter
    day: int
    last: bool
    message_id: int | None = None
    waited: bool = False
    postscripts: tuple[Postscript, ...] = ()
    answers: tuple[Answered, ...] = ()
    next_day: int | None = None
    answer_tokens: Mapping[Answer, str] = field(default_factory=dict)

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
            answers=kept.answers,
            next_day=kept.next_day,
            answer_tokens=kept.answer_tokens,
        )

    @property
    def answer(self) -> Answer | None:
        """Return what was answered on this day."""
        return self.said.answer

    @property
    def said(self) -> Answered:
        """Return what its person said on this day, which may be nothing."""
        nothing = Answered(day=self.day)
        return next((each for each in self.answers if each.day == self.day), nothing)

    @property
    def earlier(self) -> Answered | None:
        """Return what its person said last before this day."""
        before = [each for each in self.answers if each.day < self.day]
        return before[-1] if before else None

    @property
    def choices(self) -> tuple[Answer, ...]:
        """Return what may be answered."""
        looks_back = self.answer.looks_back if self.answer else self.last
        return AT_THE_END if looks_back else ON_THE_WAY

    def asking_again(self) -> Self:
        """Return the reminder as it is while its answer is to be changed."""
        asked = replace(self, answers=tuple(e for e in self.answers if e.day != self.day))
        return replace(asked, last=self.choices is AT_THE_END)

    def in_chat(self, sending: Sending) -> ChatText:
        """Return the words in a quote, with the question how it is going or the answer to that.

        It answers the message of the person's own that brought them.
        """
        said = [part for each in self._said_under(sending) for part in (_GAP, each)]
        closing = Words.joined(said[1:])
        return ChatText(
            parts=messages_around(self._opening(sending), self._words(sending), closing),
            buttons=self.buttons(sending.catalog, sending.token),
            reply_to=self.message_id,
            silent=sending.at_night,
        )

    def question(self, catalog: Catalog) -> str:
        """Return the question, or the answer that it has and what is said to that."""
        if self.answer:
            return said_to(catalog, self.answer, self.next_day)
        return catalog.say("ask-looking-back" if self.last else "ask-how-it-goes")

    def buttons(self, catalog: Catalog, token: str) -> tuple[Row, ...]:
        """Return the answers there are, or the button to change the one that was given."""
        if self.answer:
            return (CHANGE_ANSWER.button(catalog, token),)
        return answer_buttons(catalog, token, self.choices)

    def as_mail(self, sending: Sending) -> Page:
        """Return the letter on paper, dates as people in its zone write them."""
        say, count = sending.catalog.say, sending.catalog.count
        days = days_ago(self.day, sending.due_at, sending.now)
        return Page(
            subject=self._subject(sending, days),
            preheader=say("mail-reminder-preheader"),
            stamp=count("mail-reminder-stamp", days),
            greeting=count("mail-reminder-greeting", days),
            lines=tuple(self._lines(sending)),
            words=self._words(sending),
            passages=tuple(self._passages(sending)),
            closing=tuple(self._closing(sending)),
            choices=tuple(self._choices(sending)),
            button=_way_back(sending),
            footer=(*_new_letter(sending), say("mail-reminder-why"), *sending.stop_links()),
        )

    def _words(self, sending: Sending) -> Words:
        """Return the letter's words with its postscripts under them."""
        return with_postscripts(sending.catalog, self.letter, self.postscripts, sending.now)

    def _subject(self, sending: Sending, days: int) -> str:
        """Return how the letter begins and how old it is, or only that."""
        if not sending.names_letters:
            return sending.catalog.count("mail-reminder-subject", days)
        first = beginning(self.letter.words.text, _FIRST_WORDS)
        return sending.catalog.count("mail-reminder-subject-words", days, first=first)

    def _passages(self, sending: Sending) -> Iterable[Passage]:
        """Return what is told beside the letter's words: what was answered before."""
        if self.earlier:
            told = recalled_answer(sending.catalog, self.earlier)
            yield Passage(told, self.earlier.note if self.earlier.lines else None)

    def _choices(self, sending: Sending) -> Iterable[Link]:
        """Return the answers as links, unless the chat that they lead to is blocked."""
        if sending.chat_blocked:
            return
        for answer in self.choices:
            if url := sending.link(ANSWER, self.answer_tokens.get(answer)):
                yield Link(label_of(sending.catalog, answer), url)

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

    def _said_under(self, sending: Sending) -> Iterable[Words]:
        if sending.doubts:
            yield Words(sending.catalog.say("reminder-maybe-again"))
        if self.earlier:
            yield recalled(sending.catalog, self.earlier)
        yield Words(self.question(sending.catalog))

    def _lines(self, sending: Sending) -> Iterable[str]:
        catalog, zone = sending.catalog, self.letter.zone
        sealed = catalog.date(self.letter.sealed_at, zone, near=sending.now)
        yield catalog.say("mail-reminder-sealed", date=sealed)
        if is_late(sending.due_at, sending.now):
            name = "mail-reminder-waited" if self.waited else "mail-reminder-late"
            yield catalog.say(name, due=_due(sending))

    def _closing(self, sending: Sending) -> Iterable[str]:
        if self.last:
            yield sending.catalog.say("mail-reminder-last")
        name = "mail-reminder-looking-back" if self.last else "mail-reminder-question"
        yield sending.catalog.say(name)
        if sending.chat_blocked:
            yield sending.catalog.say("mail-reminder-chat-blocked")


def _due(sending: Sending) -> str:
    return sending.catalog.date_and_time(sending.due_at, sending.zone, near=sending.now)


def _way_back(sending: Sending) -> Link | None:
    """Return the link to the bot that is there where it is blocked."""
    if sending.bot_link is None or not sending.chat_blocked:
        return None
    return Link(sending.catalog.say("mail-reminder-return"), sending.bot_link)


def _new_letter(sending: Sending) -> tuple[Link, ...]:
    """Return the link by which another letter is begun, if there can be one."""
    if sending.bot_link is None or sending.chat_blocked:
        return ()
    return (Link(sending.catalog.say("mail-reminder-new"), WRITE.url(sending.bot_link)),)


def is_late(due_at: datetime, now: datetime) -> bool:
    """Return whether what was due at `due_at` and goes out now must say when it was due."""
    return now - due_at > HONEST_AFTER


def days_ago(day: int, due_at: datetime, now: datetime) -> int:
    """Return how many days ago the letter of a day's reminder was sealed, to the nearest."""
    return day + round((now - due_at) / timedelta(days=1))
