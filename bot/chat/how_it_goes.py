"""What a person answers when a letter comes back; the latest answer counts, wherever it was given.

The message whose button was pressed says what was answered, with a button to change it.
"""

from bot.botapi import deep_links
from bot.chat import prompts, what_next
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.returned import Returned, find
from bot.letters import Channel
from bot.messages.answering import ANSWER, CHANGE_ANSWER, Given
from bot.store import answers
from bot.store.answer_links import read_answer
from bot.store.occasions import occasion_of


async def take_press(exchange: Exchange) -> None:
    """Take the answer whose button was pressed, if the letter is the sender's and still there."""
    await _take(exchange, ANSWER.read(exchange.payload))


async def take_link(exchange: Exchange) -> None:
    """Take the answer whose link was tapped in a mail.

    Who tapped it in a mail that was passed on to them hears that it isn't theirs, and no more.
    """
    given = read_answer(exchange.tx.vault, exchange.payload)
    if given is None:
        prompts.offer_to_write(exchange, "link-unknown")
    else:
        await _take(exchange, given, missing="answer-not-yours")


async def ask_again(exchange: Exchange) -> None:
    """Ask once more, in the message whose button was pressed; the answer stands meanwhile."""
    if returned := await find(exchange, exchange.payload):
        _show(exchange, returned.asking_again())


async def _take(exchange: Exchange, given: Given, *, missing: str = "stale-press") -> None:
    before = await find(exchange, given.token, missing=missing)
    if before is None:
        return
    await answers.take(exchange.tx, occasion_of(before.reminder), given.answer, exchange.now)
    if after := await find(exchange, given.token):
        _show(exchange, after)
    if given.answer.looks_back and not before.reminder.said.says_anything:
        what_next.say_what_next(exchange, given.token)


def _show(exchange: Exchange, returned: Returned) -> None:
    """Show the question or its answer: under the letter, or alone where it came by mail."""
    reminder, catalog = returned.reminder, exchange.catalog
    if returned.channel is Channel.CHAT:
        words = reminder.in_chat(returned.sending(catalog, exchange.now)).parts[-1]
        exchange.reply(words, reminder.buttons(catalog, returned.token), edits=exchange.pressed)
    else:
        buttons = reminder.buttons(catalog, returned.token)
        exchange.reply(reminder.question(catalog), buttons, edits=exchange.pressed)


FEATURE = Feature(
    links={deep_links.ANSWER: take_link},
    presses={ANSWER: take_press, CHANGE_ANSWER: ask_again},
)
