"""Buttons under a sealed letter that change it: only their person's, and within its hour."""

from collections.abc import Awaitable, Callable
from functools import wraps

from bot.botapi.buttons import PressWith
from bot.chat import prompts
from bot.chat.exchange import Exchange, Handler
from bot.store import changes, letters
from bot.store.changes import Changeable

LetterHandler = Callable[[Exchange, Changeable], Awaitable[None]]


def on_press(press: PressWith[int]) -> Callable[[LetterHandler], Handler]:
    """Return what makes a button's handler of one for the letter that the button names."""

    def handler_of(handler: LetterHandler) -> Handler:
        @wraps(handler)
        async def pressed(exchange: Exchange) -> None:
            if letter := await find(exchange, press.read(exchange.payload)):
                await handler(exchange, letter)

        return pressed

    return handler_of


async def find(exchange: Exchange, message_id: int) -> Changeable | None:
    """Return the sender's letter that a message began, if it can be changed; else say why not."""
    letter = await changes.of_message(exchange.tx, exchange.person_id, message_id, exchange.now)
    if letter is not None and letter.message_id == message_id:
        return letter
    await _say_why_not(exchange, message_id)
    return None


async def _say_why_not(exchange: Exchange, message_id: int) -> None:
    """Say why a letter can't be changed, and leave no buttons under the message."""
    found = await letters.sealed_from(exchange.tx, exchange.person_id, message_id)
    if found is None or not found.letter.words.text:
        prompts.say_stale(exchange)
    else:
        exchange.leave_buttons()
        exchange.say("too-late-to-change")
