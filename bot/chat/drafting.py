"""The letter's words: taken, joined, edited, and kept in the draft."""

from dataclasses import replace
from datetime import timedelta

from telegram import Message

from bot.botapi.entities import words_of
from bot.chat import editing, prompts
from bot.chat.exchange import Exchange
from bot.store import drafts
from bot.store.drafts import Draft, Part, Step
from bot.text import MESSAGE_LIMIT

_SHORTEST_CUT = MESSAGE_LIMIT // 2
"""Telegram's apps cut a long paste in the second half of a message, where a line or word ends."""
_ONE_PASTE = timedelta(seconds=3)


async def take_words(exchange: Exchange, draft: Draft) -> None:
    """Take a text as the letter's words, or as their continuation."""
    part = part_of(exchange.message)
    parts = (*draft.parts, part) if continues(draft, part) else (part,)
    await settle_words(exchange, replace(draft, parts=parts))


async def take_edit(exchange: Exchange, draft: Draft) -> None:
    """Take the edit of a message that brought some of the words, if it changes them."""
    message = exchange.message
    if not draft.has_part(message.message_id):
        await editing.edited(exchange)
        return
    edited = draft.with_edited(message.message_id, words_of(message))
    if edited != draft:
        await settle_words(exchange, edited, ask="ask-address-after-edit")


async def settle_words(exchange: Exchange, draft: Draft, *, ask: str = "ask-address") -> None:
    """Keep the draft's words and ask for what it needs next."""
    draft = at_its_step(draft)
    await keep(exchange, draft)
    await prompts.ask_for_step(exchange, draft, name=ask)


def at_its_step(draft: Draft) -> Draft:
    """Return a draft that waits for an address if its words are fit, else for words."""
    draft = draft.within_limit()
    return replace(draft, step=Step.ADDRESS if draft.fit else Step.WORDS)


async def keep(exchange: Exchange, draft: Draft) -> None:
    """Keep a draft as the effect of an update."""
    await exchange.person()
    await drafts.keep(exchange.tx, draft, exchange.now)


def part_of(message: Message) -> Part:
    """Return a message as a part of a letter."""
    return Part(message_id=message.message_id, sent_at=message.date, words=words_of(message))


def continues(draft: Draft, part: Part) -> bool:
    """Return whether a message is the next piece of a paste that Telegram's app cut in two."""
    if not draft.parts:
        return False
    before = draft.parts[-1]
    return before.size >= _SHORTEST_CUT and part.sent_at - before.sent_at <= _ONE_PASTE
