"""An address takes no mail any more: its person is asked for another."""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.botapi.buttons import ID, Button, PressWith
from bot.locales import Catalog
from bot.messages.message import ChatMessage, ChatText, Kept, Sending
from bot.text import Words

CHANGE_ADDRESS = PressWith("address:change:", ID, int, "button-change-address")


@dataclass(frozen=True, slots=True, kw_only=True)
class _AddressWanted(ChatMessage):
    address_id: int
    address: str

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the message. Raises ValueError for one without its address."""
        if kept.address_id is None or kept.address is None:
            raise ValueError("word of an address without the address")
        return cls(address_id=kept.address_id, address=kept.address)

    def in_chat(self, sending: Sending) -> ChatText:
        """Return which address it is, with a button to give another."""
        text = Words(sending.catalog.say(self.kind, address=self.address))
        return ChatText(parts=(text,), buttons=(self._button(sending.catalog),))

    def _button(self, catalog: Catalog) -> Button:
        return CHANGE_ADDRESS.button(catalog, self.address_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRefused(_AddressWanted):
    """A mail server refused an address for good."""

    kind: ClassVar[str] = "address-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressStopped(_AddressWanted):
    """An address's holder wants no mail from here."""

    kind: ClassVar[str] = "address-stopped"
