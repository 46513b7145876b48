"""A Telegram in memory: the Bot API's far end, and the people who write to the bot."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bot.clock import Clock
from bot.local.messages import Button, Changed, Message, Said, Wire, text_fields
from bot.local.methods import Methods, private_chat
from bot.local.parameters import ApiError, Parameters
from bot.local.pasting import messages_of
from bot.local.people import Person
from bot.local.state import TelegramState
from bot.local.updates import Updates
from bot.text import Words


class Telegram:
    """Both ends of every chat with one bot; with a `state_file` it goes on after a restart.

    `on_said` is told what the bot says, `on_changed` what it edits, deletes and reacts to.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        state_file: Path | None = None,
        username: str = "slow_mailbox_bot",
    ) -> None:
        self.username = username
        self.on_said: Callable[[Said], None] = _ignore
        self.on_changed: Callable[[Changed], None] = _ignore
        self._state = TelegramState(state_file)
        self._updates = Updates(self._state)
        self._methods = Methods(state=self._state, clock=clock, username=username, tell=self._tell)

    # ---- The bot's end ----

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the HTTP status and the JSON of a call (https://core.telegram.org/bots/api).

        Parameters are values, or text as in a form's fields; a file is an `Upload`.
        """
        try:
            result = await self._result(method, Parameters(parameters))
        except ApiError as refusal:
            error = {"error_code": int(refusal.status), "description": str(refusal)}
            return refusal.status, _json({"ok": False, **error})
        return HTTPStatus.OK, _json({"ok": True, "result": result})

    async def confirmed(self, update_id: int) -> None:
        """Return once a `getUpdates` call has confirmed this update and all before it."""
        await self._updates.confirmed(update_id)

    # ---- The people's end; each act gives the id of the last update it queued ----

    def say(self, person: Person, text: str | Words) -> int:
        """Send a text as an app does, in pieces if it's long.

        Raises ValueError for a text of nothing but white space.
        """
        words = Words(text) if isinstance(text, str) else text
        sent = [self._send(person, text_fields(piece)) for piece in messages_of(words)]
        if not sent:
            raise ValueError("an empty text can't be sent")
        return sent[-1]

    def press(self, person: Person, label: str) -> int:
        """Press the newest inline button in this person's chat whose label contains `label`.

        One that links to the bot itself acts as a tap on the link.
        Raises LookupError where there is no such button.
        """
        message, button = self._button(person, label)
        if button.data is None:
            return self.open(person, button.url or "")
        return self._press(person, message, button.data)

    def _press(self, person: Person, message: Message, data: str) -> int:
        self._upsert_person(person)
        query_id = str(self._state.new_update_id())
        self._state.queries.add(query_id)
        query = {
            "id": query_id,
            "from": person.as_user(),
            "message": message.wire,
            "chat_instance": str(message.chat_id),
            "data": data,
        }
        return self._queued("callback_query", query)

    def open(self, person: Person, url: str) -> int:
        """Tap a link to the bot (https://core.telegram.org/bots/features#deep-linking).

        Raises LookupError for any other link.
        """
        if (payload := self._payload(url)) is None:
            raise LookupError("not a link to this bot")
        return self.say(person, f"/start {payload}")

    def block(self, person: Person) -> None:
        """Let this person block the bot: nothing it sends reaches them."""
        self._state.blocked_by.add(person.id)
        self._state.save()

    def unblock(self, person: Person) -> None:
        """Let this person hear the bot again."""
        self._state.blocked_by.discard(person.id)
        self._state.save()

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

    # ---- What both can look at ----

    @property
    def messages(self) -> list[Message]:
        """Return every message of every chat, of both sides, newest last."""
        return list(self._state.messages.values())

    def chat(self, person: Person) -> list[Message]:
        """Return the messages of this person's private chat, of both sides, newest last."""
        return [message for message in self.messages if message.chat_id == person.id]

    @property
    def skipped(self) -> timedelta:
        """Return how far the clock was moved on when `remember_skipped` was last told."""
        return self._state.skipped

    def remember_skipped(self, skipped: timedelta) -> None:
        """Keep, over a restart, how far the clock was moved on."""
        self._state.skipped = skipped
        self._state.save()

    # ---- Helpers ----

    def _tell(self, event: Said | Changed) -> None:
        if isinstance(event, Said):
            self.on_said(event)
        else:
            self.on_changed(event)

    async def _result(self, method: str, parameters: Parameters) -> object:
        if method == "getUpdates":
            return await self._updates.get(parameters)
        result = self._methods.serve(method, parameters)
        self._state.save()
        return result

    def _send(self, person: Person, content: Wire, chat: Wire | None = None) -> int:
        """Send a message, to the bot's private chat where no other is given."""
        self._upsert_person(person)
        chat = chat or private_chat(person.id, person.name)
        message = self._methods.message(chat, person.as_user(), content)
        return self._queued("message", message.wire)

    def _queued(self, kind: str, content: Wire) -> int:
        update_id = self._updates.put(kind, content)
        self._state.save()
        return update_id

    def _upsert_person(self, person: Person) -> None:
        self._state.people[person.id] = person

    def _button(self, person: Person, label: str) -> tuple[Message, Button]:
        for like in (str, str.casefold):
            for message, button in self._buttons(person):
                if like(label) in like(button.label):
                    return message, button
        raise LookupError("no such button")

    def _buttons(self, person: Person) -> Iterator[tuple[Message, Button]]:
        for message in reversed(self.chat(person)):
            for button in (button for row in message.buttons for button in row):
                if button.data is not None or self._payload(button.url or "") is not None:
                    yield message, button

    def _payload(self, url: str) -> str | None:
        """Return what a link to this bot starts it with; None for any other link."""
        link = urlsplit(url)
        mine = link.path.strip("/").lower() == self.username.lower()
        if link.hostname not in {"t.me", "telegram.me"} or not mine:
            return None
        return parse_qs(link.query).get("start", [""])[0]


def _ignore(_: object) -> None:
    """Let it pass by."""


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode()
