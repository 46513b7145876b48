"""Hands over a calendar file with the days on which a letter is still to come.

None of its words is in there: a calendar is often shared.
"""

from bot.calendar_file import Event, calendar_of
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_page import CALENDAR, find
from bot.store.letter_list import OwnLetter
from bot.store.replies import Reply
from bot.text import Words


async def hand_over(exchange: Exchange) -> None:
    """Hand over the file for a letter of the sender's."""
    own = await find(exchange, CALENDAR.read(exchange.payload))
    if own is None:
        return
    events = _events(exchange, own)
    if not events:
        exchange.say("calendar-empty")
        return
    caption = Words(exchange.catalog.say("calendar"))
    file = calendar_of(events, exchange.now)
    exchange.replies.append((exchange.person_id, Reply(words=caption, calendar=file)))


def _events(exchange: Exchange, own: OwnLetter) -> list[Event]:
    title = exchange.catalog.say("calendar-title")
    coming = {leg.day: leg.due_at for leg in own.to_come if leg.due_at > exchange.now}
    return [Event(_uid(exchange, own, day), due_at, title) for day, due_at in coming.items()]


def _uid(exchange: Exchange, own: OwnLetter, day: int) -> str:
    """Return what an event is known by: the same each time, and no word of who or what."""
    digest = exchange.tx.vault.digest(
        "calendar", str(exchange.person_id), str(own.message_id), str(day)
    )
    return digest.hex()[:32]


FEATURE = Feature(presses={CALENDAR: hand_over})
