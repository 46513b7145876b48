"""The people on the far side of the embedded Telegram."""

import unicodedata
from dataclasses import dataclass
from hashlib import blake2b

from bot.local.messages import Wire

FIRST_ID = 100_000_000
IDS = 900_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who talks to the bot; `language_code` is what their Telegram app is set to."""

    name: str
    language_code: str | None = None

    @property
    def id(self) -> int:
        """Return the id, also of the private chat: it follows from the name alone."""
        key = unicodedata.normalize("NFC", self.name).casefold()
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return FIRST_ID + int.from_bytes(digest, "big") % IDS

    def as_user(self) -> Wire:
        """Return the person as https://core.telegram.org/bots/api#user."""
        user: Wire = {"id": self.id, "is_bot": False, "first_name": self.name}
        return user | ({"language_code": self.language_code} if self.language_code else {})
