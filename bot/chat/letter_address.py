"""Asks for another address for one sealed letter; `replacing` takes what is typed then."""

from dataclasses import replace

from bot.chat import asking
from bot.chat.drafting import keep
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_page import CHANGE_LETTERS_ADDRESS, find, show_letter
from bot.drafts import Draft, Step
from bot.store import drafts


async def ask(exchange: Exchange) -> None:
    """Ask for another address for a letter of the sender's."""
    own = await find(exchange, CHANGE_LETTERS_ADDRESS.read(exchange.payload))
    if own is None:
        return
    if not own.mail_may_come:
        said = exchange.catalog.say_words("letter-address-too-late")
        await show_letter(exchange, own, said=said)
        return
    exchange.leave_buttons()
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    draft = draft or Draft(person_id=exchange.person_id)
    draft = replace(draft, replaces=None, adds=False, chooses=False, resting=False)
    asked = replace(draft, step=Step.ADDRESS, changes=own.letter.id)
    await keep(exchange, asked)
    await asking.ask_for_step(exchange, asked)


FEATURE = Feature(presses={CHANGE_LETTERS_ADDRESS: ask})
