"""A letter that came back, as the chat finds it by what brought it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.letters import Channel
from bot.locales import Catalog
from bot.messages.message import Sending
from bot.messages.reminder import ReminderMessage
from bot.store import deliveries
from bot.store.deliveries import Delivery
from bot.store.unreadable import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A reminder, and how it went out."""

    reminder: ReminderMessage
    channel: Channel
    token: str
    due_at: datetime
    sent_at: datetime | None
    doubts: int
    zone: ZoneInfo

    def asking_again(self) -> Self:
        """Return it as it is while its answer is to be changed."""
        return replace(self, reminder=self.reminder.asking_again())

    def sending(self, catalog: Catalog, now: datetime) -> Sending:
        """Return how it went out, for what is shown once more of it."""
        return Sending(
            catalog=catalog,
            now=self.sent_at or now,
            due_at=self.due_at,
            zone=self.zone,
            token=self.token,
            doubts=self.doubts,
        )


async def find(exchange: Exchange, token: str, *, missing: str = "stale-press") -> Returned | None:
    """Return what the delivery of that token brought, if it is a letter of the sender's.

    Where it isn't, the message of the name `missing` says so. Of one whose words are erased, that
    is said.
    """
    try:
        found = await deliveries.delivery_to(exchange.tx, exchange.person_id, token, exchange.now)
    except Unreadable:
        found = None
    if found is None or not isinstance(found.message, ReminderMessage):
        exchange.leave_buttons()
        prompts.offer_to_write(exchange, missing)
    elif not found.message.letter.words.text:
        exchange.leave_buttons()
        exchange.say("letter-gone-already")
    else:
        return _returned(found, found.message)
    return None


def _returned(delivery: Delivery, reminder: ReminderMessage) -> Returned:
    return Returned(
        reminder=reminder,
        channel=delivery.channel,
        token=delivery.token,
        due_at=delivery.due_at,
        sent_at=delivery.sent_at,
        doubts=delivery.doubts,
        zone=delivery.person.zone,
    )
