"""A mail did not arrive for certain, and no fault of its address's is known."""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.messages.message import ChatMessage, ChatText, Kept, Sending
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _MailFailed(ChatMessage):
    address: str

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the message. Raises ValueError for one without its address."""
        if kept.address is None:
            raise ValueError("word of a mail without its address")
        return cls(address=kept.address)

    def in_chat(self, sending: Sending) -> ChatText:
        """Return where the mail was to go, and what becomes of it."""
        return ChatText(parts=(Words(sending.catalog.say(self.kind, address=self.address)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class MailGivenUp(_MailFailed):
    """It was tried as long as it made sense."""

    kind: ClassVar[str] = "mail-given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailInDoubt(_MailFailed):
    """It may have arrived, and is sent no third time."""

    kind: ClassVar[str] = "mail-in-doubt"
