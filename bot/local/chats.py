"""Queries on the embedded Telegram's chats: their messages, people and buttons."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from bot.local.messages import Button, Message
from bot.local.people import Person
from bot.local.state import TelegramState


class Chats:
    """Every chat with the bot, as both sides see it."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state

    @property
    def messages(self) -> list[Message]:
        """Return every message of every chat, of both sides, newest last."""
        return list(self._state.messages.values())

    def chat(self, person: Person) -> list[Message]:
        """Return the messages of this person's private chat, of both sides, newest last."""
        return [message for message in self.messages if message.chat_id == person.id]

    def newest(self, person: Person, *, by_bot: bool | None = None) -> Message:
        """Return the newest message of this person's private chat, of the bot's or their own only.

        Raises LookupError where there is none.
        """
        for message in reversed(self.chat(person)):
            if by_bot in {None, message.by_bot}:
                return message
        raise LookupError("no such message")

    def newest_text(self, person: Person) -> Message:
        """Return this person's own newest text. Raises LookupError where there is none."""
        for message in reversed(self.chat(person)):
            if not message.by_bot and "text" in message.wire:
                return message
        raise LookupError("no such message")

    def button(self, person: Person, label: str) -> tuple[Message, Button]:
        """Return the newest button in this person's chat whose label contains `label`.

        One that links elsewhere than to the bot is none. Raises LookupError where there is none.
        """
        for like in (str, str.casefold):
            for message, button in self._buttons(person):
                if like(label) in like(button.label):
                    return message, button
        raise LookupError("no such button")

    def _buttons(self, person: Person) -> Iterator[tuple[Message, Button]]:
        for message in reversed(self.chat(person)):
            for button in (button for row in message.buttons for button in row):
                if button.data is not None or self.payload(button.url or "") is not None:
                    yield message, button

    def person(self, name: str) -> Person:
        """Return the person of that name as remembered, or a new one."""
        newcomer = Person(name=name)
        return self._state.people.get(newcomer.id, newcomer)

    def set_language(self, person: Person, code: str | None) -> Person:
        """Return the person with their Telegram app set to that language (an IETF tag)."""
        changed = replace(person, language_code=code)
        self._upsert_person(changed)
        self._state.save()
        return changed

    def person_in(self, chat_id: int) -> Person | None:
        """Return the person whose private chat this is, once they have written."""
        return self._state.people.get(chat_id)

    def has_blocked(self, person: Person) -> bool:
        """Return whether this person has blocked the bot."""
        return person.id in self._state.blocked_by

    def payload(self, url: str) -> str | None:
        """Return what a link to this bot starts it with; None for any other link."""
        link = urlsplit(url)
        mine = link.path.strip("/").lower() == self._state.username.lower()
        if link.hostname not in {"t.me", "telegram.me"} or not mine:
            return None
        return parse_qs(link.query).get("start", [""])[0]

    def _upsert_person(self, person: Person) -> None:
        self._state.people[person.id] = person
