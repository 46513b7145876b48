"""What a kind of message is: what the outbox keeps of it, and what it says on each channel."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from bot.answers import Answer, Answered
from bot.botapi.buttons import Row
from bot.botapi.deep_links import STOP, DeepLink
from bot.letters import Letter, Postscript
from bot.locales import Catalog
from bot.mail.page import Link, Page
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the outbox has of a message, of which each kind takes what is its own.

    `last`: no other reminder of the letter follows; `waited`: its address was confirmed only after
    it was due. `message_id` is the person's message that brought the letter, in their chat;
    `postscripts` are what they added to it. `answers` is what they answered when it came back, by
    day; `next_day` is when it does next, and `answer_tokens` is what the links of its mail carry.
    `code` and `link_token` are a confirmation's, `lift_token` is a suppression notice's.
    """

    letter: Letter | None = None
    day: int | None = None
    last: bool = False
    waited: bool = False
    message_id: int | None = None
    postscripts: tuple[Postscript, ...] = ()
    answers: tuple[Answered, ...] = ()
    next_day: int | None = None
    answer_tokens: Mapping[Answer, str] = field(default_factory=dict)
    address_id: int | None = None
    address: str | None = None
    code: str | None = None
    link_token: str | None = None
    lift_token: str | None = None
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a message goes out: in which language, when, and what came before.

    `zone` is its person's. `token` is its delivery's, `doubts` how often it may have arrived.
    `at_night`: its person may be asleep, and isn't to be woken. `bot_link` leads to the bot once
    that is known, `unsubscribe_token` is for the link that stops mail to the recipient.
    `names_letters`: a mail's subject may have some of the letter's words.
    """

    catalog: Catalog
    now: datetime
    due_at: datetime
    zone: ZoneInfo
    token: str
    doubts: int = 0
    at_night: bool = False
    chat_blocked: bool = False
    bot_link: str | None = None
    unsubscribe_token: str | None = None
    names_letters: bool = True

    def link(self, kind: DeepLink, payload: str | None) -> str | None:
        """Return a deep link; None as long as the bot's own is not known."""
        if self.bot_link is None or payload is None:
            return None
        return kind.url(self.bot_link, payload)

    def stop_links(self) -> tuple[Link, ...]:
        """Return the link that stops mail to this address, if there can be one."""
        url = self.link(STOP, self.unsubscribe_token)
        return () if url is None else (Link(self.catalog.say("mail-stop"), url),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatText:
    """A chat message: its parts in order, and the buttons under the last.

    `reply_to` is the person's message that the first answers; `silent`: they make no sound.
    """

    parts: tuple[Words, ...]
    buttons: tuple[Row, ...] = ()
    reply_to: int | None = None
    silent: bool = False


class Message(ABC):
    """A message of some kind, whose name in the outbox is `kind`."""

    __slots__ = ()
    kind: ClassVar[str]

    @classmethod
    @abstractmethod
    def read(cls, kept: Kept) -> Self:
        """Return the message. Raises ValueError or LookupError where something of it is missing."""


class ChatMessage(Message):
    """One that is said in the chat."""

    __slots__ = ()

    @abstractmethod
    def in_chat(self, sending: Sending) -> ChatText:
        """Return what it says there."""


class MailMessage(Message):
    """One that is mailed."""

    __slots__ = ()

    @abstractmethod
    def as_mail(self, sending: Sending) -> Page:
        """Return the mail's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(ChatMessage):
    """Word of something that happened, said in the chat. Its fields fill the places of its text.

    Cut off by an end of the program, it is said again: said twice it does no harm, unsaid it does.
    """

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the note. Raises LookupError where a field is missing."""
        return cls(**{each.name: kept.params[each.name] for each in fields(cls)})

    def params(self) -> dict[str, str]:
        """Return what the outbox keeps of it."""
        return asdict(self)

    def in_chat(self, sending: Sending) -> ChatText:
        """Return its text with its buttons."""
        text = sending.catalog.say_words(self.kind, **self.params())
        return ChatText(parts=(text,), buttons=self.buttons(sending.catalog))

    def buttons(self, catalog: Catalog) -> tuple[Row, ...]:  # noqa: ARG002 - most have none
        """Return the buttons under it."""
        return ()
