"""Where one message of the bot's is kept up to date: edited where it is seen, else said anew."""

from bot.chat.exchange import Exchange
from bot.store import slots
from bot.store.slots import Slot


async def find(exchange: Exchange, name: str, *, here: bool, elsewhere: bool = False) -> None:
    """Let a place be where its message is seen, and only there: an older one is taken back.

    `here`: in the message whose button was pressed, if one was. `elsewhere`: it is out of sight.
    """
    tx, chat_id, pressed = exchange.tx, exchange.person_id, exchange.pressed
    place = await slots.find(tx, chat_id, name)
    if here and pressed is not None:
        await slots.put(tx, chat_id, name, pressed)
    elif place and (elsewhere or _is_covered(exchange, place)):
        await slots.forget(tx, chat_id, name)
    else:
        return
    if place and place.message_id and place.message_id != pressed:
        exchange.take_back(place.message_id)


async def put_away(exchange: Exchange, name: str) -> None:
    """Leave what a place says as it is, without its buttons, and forget the place."""
    place = await slots.find(exchange.tx, exchange.person_id, name)
    await slots.forget(exchange.tx, exchange.person_id, name)
    if place and place.message_id and place.message_id != exchange.pressed:
        exchange.take_buttons(place.message_id)


def _is_covered(exchange: Exchange, place: Slot) -> bool:
    said_now = any(reply.edits is None and not reply.slot for _, reply in exchange.replies)
    return place.covered or said_now
