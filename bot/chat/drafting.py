"""The letter's words: taken, joined, edited, and kept in the draft before anything is answered."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any

from telegram import Message, Update
from telegram.ext import ConversationHandler

from bot.chat import editing, prompts
from bot.chat.desk import Context
from bot.chat.sender import message_of, sender, words_of
from bot.chat.speech import say
from bot.store import drafts
from bot.store.drafts import Draft, Part, Step
from bot.words import MESSAGE_LIMIT

END = ConversationHandler.END

Handler = Callable[[Update, Context], Coroutine[Any, Any, object]]
DraftHandler = Callable[[Update, Context, Draft], Awaitable[object]]

_SHORTEST_CUT = MESSAGE_LIMIT // 2
"""Telegram's apps cut a long paste in the second half of a message, where a line or word ends."""
_ONE_PASTE = timedelta(seconds=3)


def with_draft(handler: DraftHandler) -> Handler:
    """Hand the sender's draft to a step of the conversation.

    A conversation whose draft was put aside is over; its draft is offered to go on with.
    """

    @wraps(handler)
    async def step(update: Update, context: Context) -> object:
        draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
        if draft is None:
            await prompts.offer_to_write(update, context, name="stray")
            return END
        if draft.resting:
            await prompts.offer_draft(update, context, name="draft-waiting")
            return END
        return await handler(update, context, draft)

    return step


@with_draft
async def take_words(update: Update, context: Context, draft: Draft) -> object:
    """Take a text as the letter's words, or as their continuation."""
    part = part_of(message_of(update))
    parts = (*draft.parts, part) if continues(draft, part) else (part,)
    return await settle_words(update, context, replace(draft, parts=parts))


@with_draft
async def take_edit(update: Update, context: Context, draft: Draft) -> object:
    """Take the edit of a message that brought some of the words, if it changes them."""
    message = message_of(update)
    if not draft.has_part(message.message_id):
        await editing.edited(update, context)
        return draft.step
    edited = draft.with_edited(message.message_id, words_of(message))
    if edited == draft:
        return draft.step
    return await settle_words(update, context, edited, ask="ask-address-after-edit")


@with_draft
async def words_only(update: Update, context: Context, draft: Draft) -> object:
    """Turn away what isn't words."""
    name = "address-only" if draft.step is Step.ADDRESS else "words-only"
    await say(update, context, context.desk.catalog(update).say(name))
    return draft.step


async def settle_words(
    update: Update, context: Context, draft: Draft, *, ask: str = "ask-address"
) -> Step:
    """Keep the draft's words and ask for what it needs next."""
    draft = at_its_step(draft)
    await keep(update, context, draft)
    await prompts.ask_for_step(update, context, draft, name=ask)
    return draft.step


def at_its_step(draft: Draft) -> Draft:
    """Give a draft that waits for an address if its words are fit for a letter, else for words."""
    draft = draft.within_limit()
    return replace(draft, step=Step.ADDRESS if draft.fit else Step.WORDS)


async def keep(update: Update, context: Context, draft: Draft) -> None:
    """Keep a draft as the effect of an update."""
    async with context.desk.change(update) as (tx, _):
        await drafts.keep(tx, draft, context.desk.clock.now())


def part_of(message: Message) -> Part:
    """Give a message as a part of a letter."""
    return Part(message_id=message.message_id, sent_at=message.date, words=words_of(message))


def continues(draft: Draft, part: Part) -> bool:
    """Tell whether a message is the next piece of a paste that Telegram's app cut in two."""
    if not draft.parts:
        return False
    before = draft.parts[-1]
    return before.size >= _SHORTEST_CUT and part.sent_at - before.sent_at <= _ONE_PASTE
