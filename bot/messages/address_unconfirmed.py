"""An address isn't confirmed: its person is asked, once, whether mail should come there."""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.botapi.buttons import ID, PressWith
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.messages.message import ChatMessage, ChatText, Kept, Sending
from bot.text import Words

CONFIRM_AGAIN = PressWith("confirm:", ID, int, "button-confirm-again")
NO_MAIL_THERE = PressWith("address:withdraw:", ID, int, "button-here-is-fine")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressUnconfirmed(ChatMessage):
    """Letters wait for it."""

    kind: ClassVar[str] = "address-unconfirmed"
    address_id: int
    address: str

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the message. Raises ValueError for one without its address."""
        if kept.address_id is None or kept.address is None:
            raise ValueError("a question about an address without the address")
        return cls(address_id=kept.address_id, address=kept.address)

    def in_chat(self, sending: Sending) -> ChatText:
        """Return the question, with what may be done."""
        say, number = sending.catalog.say, self.address_id
        buttons = (
            CONFIRM_AGAIN.labelled(say("button-send-mail-again"), number),
            CHANGE_ADDRESS.labelled(say("button-change-it"), number),
            NO_MAIL_THERE.button(sending.catalog, number),
        )
        text = Words(say(self.kind, address=self.address))
        return ChatText(parts=(text,), buttons=buttons)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailNotSent(AddressUnconfirmed):
    """A letter came in the chat, and its mail waits."""

    kind: ClassVar[str] = "mail-not-sent"

    def in_chat(self, sending: Sending) -> ChatText:
        """Return why no mail went, with the button to confirm now."""
        say = sending.catalog.say
        button = CONFIRM_AGAIN.labelled(say("button-confirm-now"), self.address_id)
        return ChatText(parts=(Words(say(self.kind)),), buttons=(button,))
