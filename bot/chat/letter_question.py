"""What is asked about a sealed letter, which the sender's next text answers.

The question's buttons go with it, whichever way it ends.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.botapi.buttons import Row
from bot.chat import drafting, places
from bot.chat.exchange import Exchange
from bot.chat.reading import leaves_it
from bot.store import letter_list, people, slots
from bot.store.letter_list import OwnLetter
from bot.text import Words

_WAITED_FOR = timedelta(hours=1)
_PLACE = "letter-question"


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a letter, of the kind `about`; `detail` is what of it."""

    about: str
    message_id: int
    detail: int = 0


Answering = Callable[[Exchange, Question, OwnLetter], Awaitable[None]]


async def ask(exchange: Exchange, question: Question) -> None:
    """Note what the sender is asked; what was asked of them before is over."""
    await drafting.ask_no_more(exchange)
    kept = f"{question.about}:{question.message_id}:{question.detail}"
    await people.note_asked(exchange.tx, exchange.person_id, kept, exchange.now)


async def say(
    exchange: Exchange, question: Question, text: str | Words, buttons: Sequence[Row]
) -> None:
    """Ask the sender something, in the message whose button was pressed, if one was."""
    await places.put_away(exchange, _PLACE)
    if exchange.pressed is not None:
        await slots.put(exchange.tx, exchange.person_id, _PLACE, exchange.pressed)
    await ask(exchange, question)
    exchange.reply(text, buttons, slot=_PLACE)


async def say_below(
    exchange: Exchange, question: Question, text: str | Words, buttons: Sequence[Row]
) -> None:
    """Ask the sender something in a message of its own."""
    await places.put_away(exchange, _PLACE)
    await ask(exchange, question)
    exchange.reply(text, buttons, slot=_PLACE)


async def end(exchange: Exchange) -> None:
    """Ask the sender nothing any more."""
    await places.put_away(exchange, _PLACE)
    await people.note_asked(exchange.tx, exchange.person_id, None, exchange.now)


async def takes_text(exchange: Exchange, answering: Mapping[str, Answering]) -> bool:
    """Let the sender's text answer what was asked, if anything was; returns whether it does.

    `answering` has who takes it, by what the question is about.
    """
    question = await _asked(exchange, answering)
    if question is None:
        return False
    own = await letter_list.find(exchange.tx, exchange.person_id, question.message_id)
    if own is None:
        await end(exchange)
        return False
    if leaves_it(exchange.message.text or ""):
        await leave(exchange, answering)
    else:
        await answering[question.about](exchange, question, own)
    return True


async def leave(exchange: Exchange, answering: Mapping[str, Answering]) -> bool:
    """Leave the letter as it is about which something is asked; returns whether there is one."""
    if await _asked(exchange, answering) is None:
        return False
    await end(exchange)
    exchange.say("letter-left-as-it-is")
    return True


async def _asked(exchange: Exchange, answering: Mapping[str, Answering]) -> Question | None:
    since = exchange.now - _WAITED_FOR
    kept = await people.asked(exchange.tx, exchange.person_id, since=since)
    about, *numbers = (kept or "").split(":")
    return Question(about, *map(int, numbers)) if about in answering else None
