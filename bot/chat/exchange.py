"""One update and what the bot makes of it: a transaction, and the replies that tell of it.

What a handler changes, what it says and that the update is handled are committed together, before
anything is said. So a crash leaves either nothing of it or all of it, and nobody waits for the
answer of Telegram's.

What only the network knows is found out while no transaction is open. The handler that turns out
to need it is undone, and begins again once it is known.
"""

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from telegram import Message, Update, User

from bot.botapi.buttons import Button, Row
from bot.botapi.extras import ButtonsLeft, Extra, Reaction, TakenBack
from bot.chat.services import Context, Services
from bot.email_address.mail_domains import MailDomains
from bot.locales import Catalog
from bot.store import inbox, people, replies
from bot.store.database import Transaction
from bot.store.people import Person
from bot.store.replies import Reply
from bot.text import Words


class LookupNeeded(Exception):
    """A handler can't go on before DNS was asked about a domain, and has to begin again then."""

    def __init__(self, domain: str, mail_domains: MailDomains) -> None:
        super().__init__()
        self.domain = domain
        self.mail_domains = mail_domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a handler works with.

    `payload` is the group of the pattern that the pressed button, the link or the text matched.
    `now` is the moment at which the update is handled. `looked_up` says of domains whether they
    take mail.
    """

    update: Update
    services: Services
    tx: Transaction
    now: datetime
    catalog: Catalog
    payload: str = ""
    looked_up: Mapping[str, bool] = field(default_factory=dict)
    replies: list[tuple[int, Reply]] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)

    @property
    def sender(self) -> User:
        """Return who sent the update. Raises ValueError for one without a sender."""
        if self.update.effective_user is None:
            raise ValueError("an update without a sender")
        return self.update.effective_user

    @property
    def person_id(self) -> int:
        """Return the sender's id, which is their private chat's too."""
        return self.sender.id

    @property
    def message(self) -> Message:
        """Return the message that the update brings or belongs to. Raises TypeError for none."""
        if not isinstance(self.update.effective_message, Message):
            raise TypeError("an update without a message")
        return self.update.effective_message

    @property
    def pressed(self) -> int | None:
        """Return the message whose button was pressed, if that is what the update tells of."""
        query = self.update.callback_query
        return query.message.message_id if query and query.message else None

    @property
    def is_new(self) -> bool:
        """Return whether the update brings a message that wasn't there before."""
        return self.update.message is not None

    async def person(self) -> Person:
        """Return the sender's record, made at their first change."""
        return await people.upsert_person(
            self.tx,
            self.person_id,
            language=self.sender.language_code,
            zone=self.services.zone,
            now=self.now,
        )

    def takes_mail(self, domain: str) -> bool:
        """Return False if no mail can go to a domain, True also where nobody can tell.

        Raises LookupNeeded, which `answer` sees to.
        """
        mail_domains = self.services.mail_domains
        if mail_domains is None:
            return True
        known = self.looked_up.get(domain)
        if known is None:
            known = mail_domains.recall(domain)
        if known is None:
            raise LookupNeeded(domain, mail_domains)
        return known

    def say(self, name: str, /, *buttons: Row, **values: object) -> None:
        """Say the catalog's message of that name to the sender, in private."""
        self.reply(self.catalog.say_words(name, **values), buttons)

    def count(self, name: str, n: int, /, *buttons: Row, **values: object) -> None:
        """Say the catalog's message of that name, in the form that goes with `n`, to the sender."""
        self.reply(self.catalog.count_words(name, n, **values), buttons)

    def edit(self, name: str, /, *buttons: Row, **values: object) -> None:
        """Say it in place of what the message says whose button was pressed, if one was."""
        self.reply(self.catalog.say_words(name, **values), buttons, edits=self.pressed)

    def reply(
        self,
        words: str | Words,
        buttons: Sequence[Row] = (),
        *,
        edits: int | None = None,
        slot: str | None = None,
        closes: bool = False,
        reply_to: int | None = None,
        silent: bool = False,
        hint: str | None = None,
    ) -> None:
        """Say something to the sender, in private; the rest is as in `Reply`."""
        reply = Reply(
            words=Words(words) if isinstance(words, str) else words,
            buttons=tuple(buttons),
            edits=edits,
            slot=slot,
            closes=closes,
            reply_to=reply_to,
            silent=silent,
            hint=hint,
        )
        self.replies.append((self.person_id, reply))

    def leave_buttons(self, *buttons: Row) -> None:
        """Leave no other buttons, or none, under the message whose button was pressed.

        What must be heard is no part of it: it may be lost.
        """
        if self.pressed is not None:
            self.extras.append(ButtonsLeft(message_id=self.pressed, buttons=buttons))

    def take_buttons(self, message_id: int) -> None:
        """Leave no buttons under a message of the bot's; it may be lost."""
        self.extras.append(ButtonsLeft(message_id=message_id))

    def take_back(self, message_id: int) -> None:
        """Delete a message of the bot's, or leave no buttons under it; it may be lost."""
        self.extras.append(TakenBack(message_id=message_id))

    def react(self, emoji: str, message_id: int | None = None) -> None:
        """Put an emoji on a message of the sender's, by default this one; it may be lost."""
        on = self.message.message_id if message_id is None else message_id
        self.extras.append(Reaction(message_id=on, emoji=emoji))

    def hand_over_export(self) -> None:
        """Hand the sender the file with all that is kept of them, made when it leaves."""
        caption, instead = Words(self.catalog.say("export")), self.catalog.say("export-failed")
        self.replies.append((self.person_id, Reply(words=caption, document=True, instead=instead)))

    def reply_in_chat(self, words: str, button: Button) -> None:
        """Say something where the update came from, a group say."""
        self.replies.append((self.message.chat_id, Reply(words=Words(words), buttons=(button,))))


Handler = Callable[[Exchange], Awaitable[None]]
Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]


def answering(handler: Handler) -> Callback:
    """Return a handler as python-telegram-bot calls it."""

    @wraps(handler)
    async def callback(update: Update, context: Context) -> None:
        await answer(update, context.services, handler, _payload_of(context))

    return callback


def _payload_of(context: Context) -> str:
    match = context.matches[0] if context.matches else None
    return match[1] if isinstance(match, re.Match) and match.re.groups else ""


async def answer(update: Update, services: Services, handler: Handler, payload: str = "") -> None:
    """Let a handler answer an update, and send its replies. Raises StoreError."""
    if update.callback_query is not None:
        services.replies.acknowledge(update.callback_query.id)
    looked_up: dict[str, bool] = {}
    while True:
        try:
            await _answer(update, services, handler, payload, looked_up)
        except LookupNeeded as needed:
            looked_up[needed.domain] = await needed.mail_domains.takes_mail(needed.domain)
        else:
            return


async def _answer(
    update: Update,
    services: Services,
    handler: Handler,
    payload: str,
    looked_up: Mapping[str, bool],
) -> None:
    async with services.database.transaction() as tx:
        exchange = Exchange(
            update=update,
            services=services,
            tx=tx,
            now=services.clock.now(),
            catalog=await _catalog(tx, services, update),
            payload=payload,
            looked_up=looked_up,
        )
        await handler(exchange)
        owed = [await replies.add(tx, chat_id, reply) for chat_id, reply in exchange.replies]
        await inbox.mark_handled(tx, update.update_id)
    services.inbox.note_handled(update.update_id)
    services.replies.send(owed)
    if exchange.extras:
        services.replies.add(exchange.person_id, exchange.extras)


async def _catalog(tx: Transaction, services: Services, update: Update) -> Catalog:
    user = update.effective_user
    return services.catalog(update, await people.chosen_language(tx, user.id) if user else None)
