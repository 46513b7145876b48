"""The people's end of every chat: what they do in their Telegram apps becomes updates."""

from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.local.chats import Chats
from bot.local.messages import Message, Wire, private_chat, reply_fields, text_fields
from bot.local.other_kinds import OtherKind, forwarded, forwarded_text, media
from bot.local.pasting import messages_of, one_message_of
from bot.local.people import Person
from bot.local.state import TelegramState
from bot.local.updates import Updates
from bot.text import Words

_MEMBER: Wire = {"status": "member"}
_BLOCKED: Wire = {"status": "kicked", "until_date": 0}
EDITABLE_FOR = timedelta(hours=48)


class BotBlocked(Exception):
    """This person has blocked the bot, so their app lets them send it nothing."""


class TooOldToEdit(Exception):
    """Telegram lets nobody change a message that is two days old."""


class Apps(Chats):
    """What people do in their apps; each act returns the id of the last update it queued.

    A send raises BotBlocked where the person has blocked the bot.
    """

    def __init__(self, *, state: TelegramState, updates: Updates, clock: Clock) -> None:
        super().__init__(state)
        self._updates = updates
        self._clock = clock

    def say(self, person: Person, text: str | Words, *, reply: Message | None = None) -> int:
        """Send a text as an app does, in pieces if it's long; the first replies to `reply`.

        What follows a ForceReply is sent as a reply to it.
        Raises ValueError for a text of nothing but white space.
        """
        pieces = list(messages_of(Words(text) if isinstance(text, str) else text))
        if not pieces:
            raise ValueError("an empty text can't be sent")
        asks = self._state.messages.get(self._state.asks.pop(person.id, 0))
        to = reply or asks
        first = text_fields(pieces[0]) | (reply_fields(to) if to else {})
        return [self._send(person, each) for each in (first, *map(text_fields, pieces[1:]))][-1]

    def send(self, person: Person, kind: OtherKind, text: str = "") -> int:
        """Send something else than a text of one's own; `text` goes with it, or is forwarded.

        Without one, the newest message of the chat is forwarded; raises LookupError if none is.
        """
        if kind is not OtherKind.FORWARD:
            content = media(kind, text)
        elif text:
            content = forwarded_text(text, self._now())
        else:
            content = forwarded(self.newest(person))
        return self._send(person, content)

    def press(self, person: Person, label: str) -> int:
        """Press the newest inline button in this person's chat whose label contains `label`.

        One that links to the bot itself acts as a tap on the link.
        Raises LookupError where there is no such button.
        """
        message, button = self.button(person, label)
        if button.data is None:
            return self.open(person, button.url or "")
        return self._press(person, message, button.data)

    def open(self, person: Person, url: str) -> int:
        """Tap a link to the bot (https://core.telegram.org/bots/features#deep-linking).

        The app's button to start a bot unblocks it, too. Raises LookupError for any other link.
        """
        if (payload := self.payload(url)) is None:
            raise LookupError("not a link to this bot")
        self.unblock(person)
        return self._send(person, text_fields(one_message_of(Words(f"/start {payload}"))))

    def edit(self, person: Person, message_id: int, text: str) -> int:
        """Change the text of a message this person sent.

        Raises LookupError where there is none, TooOldToEdit where that was too long ago, and
        ValueError for a text of nothing but white space.
        """
        message = self._state.messages[message_id]
        if message.wire["from"]["id"] != person.id:
            raise LookupError("someone else's message")
        if self._now() - message.date >= EDITABLE_FOR.total_seconds():
            raise TooOldToEdit
        kept = {key: each for key, each in message.wire.items() if key not in {"text", "entities"}}
        words = one_message_of(Words(text))
        edited = {**kept, "edit_date": self._now(), **text_fields(words)}
        self._state.messages[message_id] = replace(message, wire=edited)
        return self._queued("edited_message", edited)

    def react(self, person: Person, message: Message, emoji: str | None) -> int:
        """Put this person's reaction on a message; None takes it away."""
        self._state.messages[message.id] = message.reacted(person.id, emoji)
        reaction = {
            "chat": message.wire["chat"],
            "message_id": message.id,
            "user": person.as_user(),
            "date": self._now(),
            "old_reaction": _reaction(message.reactions.get(str(person.id))),
            "new_reaction": _reaction(emoji),
        }
        return self._queued("message_reaction", reaction)

    def block(self, person: Person) -> int:
        """Block the bot: nothing it sends reaches this person any more."""
        self._state.blocked_by.add(person.id)
        return self._membership(person, _MEMBER, _BLOCKED)

    def unblock(self, person: Person) -> int:
        """Unblock the bot; changes nothing where it isn't blocked."""
        if not self.has_blocked(person):
            return self._state.last_update
        self._state.blocked_by.remove(person.id)
        return self._membership(person, _BLOCKED, _MEMBER)

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

    def _send(self, person: Person, content: Wire, chat: Wire | None = None) -> int:
        """Send a message, to the bot's private chat where no other is given."""
        if self.has_blocked(person) and chat is None:
            raise BotBlocked
        self._upsert_person(person)
        chat = chat or private_chat(person.id, person.name)
        message = self._state.add_message(chat, person.as_user(), content, now=self._now())
        return self._queued("message", message.wire)

    def _membership(self, person: Person, old: Wire, new: Wire) -> int:
        self._upsert_person(person)
        change = {
            "chat": private_chat(person.id, person.name),
            "from": person.as_user(),
            "date": self._now(),
            "old_chat_member": {"user": self._state.bot, **old},
            "new_chat_member": {"user": self._state.bot, **new},
        }
        return self._queued("my_chat_member", change)

    def _queued(self, kind: str, content: Wire) -> int:
        update_id = self._updates.put(kind, content)
        self._state.save()
        return update_id

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _reaction(emoji: str | None) -> list[Wire]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []
