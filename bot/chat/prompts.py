"""What the conversation says at each step."""

from datetime import datetime

from bot.botapi.buttons import ID, Button, Press, PressWith
from bot.chat.exchange import Exchange
from bot.drafts import Draft
from bot.email_address import Checked, Flaw
from bot.messages.draft_resting import GO_ON
from bot.text import beginning

WRITE = Press("write", "button-write")
NEW_LETTER = Press("write", "button-new-letter")
START_OVER = Press("draft:start-over", "button-start-over")
JUST_HERE = Press("address:none", "button-just-here")
ADD_ADDRESS = Press("address:add", "button-add-address")
USE_ADDRESS = PressWith("address:use:", ID, int)
OTHER_ADDRESS = Press("address:other", "button-other-address")
AS_SUGGESTED = Press("address:as-suggested", "button-as-suggested")
AS_TYPED = Press("address:as-typed", "button-as-typed")
AS_MEANT = Press("address:as-meant", "button-as-meant")
AS_KEYED = Press("address:as-keyed", "button-as-keyed")
RETYPE = Press("address:retype", "button-retype")
LEAVE_PART = PressWith("draft:leave:", ID, int, "button-no")
TAKE_PART = PressWith("draft:take:", ID, int, "button-take-part")
"""Carries the message that is to be a part of the letter."""
AS_LETTER = PressWith("draft:letter:", ID, int, "button-as-letter")
"""Carries the message that is to be a letter."""

ADDRESS_QUESTION = "address-question"
"""Where it is asked which address was meant, as long as the draft has that one."""

_FIRST_WORDS = 40


def ask_whether_slip(exchange: Exchange, likelier: str) -> None:
    """Ask whether an address was meant as typed."""
    _ask_whether_meant(exchange, likelier, AS_TYPED)


def ask_whether_part(exchange: Exchange, name: str, message_id: int) -> None:
    """Ask by the message of that name whether a message's words are a part of the letter."""
    catalog = exchange.catalog
    yes = TAKE_PART.labelled(catalog.say("button-yes"), message_id)
    exchange.say(name, (yes, LEAVE_PART.button(catalog, message_id)))


def ask_whether_address(exchange: Exchange, found: Checked, message_id: int) -> None:
    """Ask whether a text says where the letter should go, or is a part of it."""
    words = TAKE_PART.button(exchange.catalog, message_id)
    if found.suggestion is None:
        meant = AS_MEANT.button(exchange.catalog)
        _ask(exchange, "address-or-words", meant, words, address=found.address)
    else:
        _ask_whether_meant(exchange, found.suggestion, AS_TYPED, words)


def say_flawed(exchange: Exchange, flaw: Flaw, likelier: str | None, *more: Button) -> None:
    """Say what is wrong with an address, or ask whether the likelier one was meant."""
    if likelier is None:
        exchange.say(flaw.value, *more)
    elif flaw is Flaw.KEYBOARD:
        buttons = [press.button(exchange.catalog) for press in (AS_KEYED, RETYPE)]
        _ask(exchange, flaw.value, *buttons, *more, likelier=likelier)
    else:
        _ask_whether_meant(exchange, likelier, RETYPE, *more)


def _ask_whether_meant(exchange: Exchange, likelier: str, otherwise: Press, *more: Button) -> None:
    catalog = exchange.catalog
    buttons = AS_SUGGESTED.button(catalog, address=likelier), otherwise.button(catalog)
    _ask(exchange, "did-you-mean", *buttons, *more, likelier=likelier)


def _ask(exchange: Exchange, name: str, /, *buttons: Button, **values: object) -> None:
    text = exchange.catalog.say_words(name, **values)
    exchange.reply(text, buttons, slot=ADDRESS_QUESTION)


def offer_draft(exchange: Exchange, draft: Draft, *more: Button) -> None:
    """Offer to go on with the letter under way, or to begin another."""
    go_on, start_over = (press.button(exchange.catalog) for press in (GO_ON, START_OVER))
    first = beginning(draft.words.text, _FIRST_WORDS)
    exchange.say("draft-under-way", go_on, *(more or (start_over,)), first=first)


def offer_to_write(exchange: Exchange, name: str, **values: object) -> None:
    """Say the message of that name with a button to write a letter."""
    exchange.say(name, WRITE.button(exchange.catalog), **values)


def say_stale(exchange: Exchange) -> None:
    """Say that a button's time is over, and leave none under its message."""
    exchange.leave_buttons()
    offer_to_write(exchange, "stale-press")


async def say_when(exchange: Exchange, name: str, moment: datetime) -> None:
    """Say the message of that name, which names a moment in its place {when}."""
    zone, now = (await exchange.person()).zone, exchange.now
    exchange.say(name, when=exchange.catalog.date_and_time(moment, zone, near=now))
