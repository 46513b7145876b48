"""The letter's words: taken, joined, edited, and kept in the draft."""

from dataclasses import replace

from telegram import Message

from bot.botapi.entities import words_of
from bot.chat import asking, places, prompts
from bot.chat.exchange import Exchange
from bot.drafts import Draft, Part, Step
from bot.store import drafts
from bot.visibility import shows_nothing

NEW_WORDS = "changing"
"""Where the new words of a sealed letter were asked for."""


async def take_part(exchange: Exchange, draft: Draft, part: Part) -> None:
    """Take a message as the letter's words, or as more of them."""
    if draft.taken and shows_nothing(part.words.text):
        exchange.say("part-empty")
        return
    longer = draft.with_part(part)
    if longer is None:
        asking.ask_for_words(exchange, draft)
    else:
        await settle_words(exchange, longer)


async def take_edit(exchange: Exchange, draft: Draft) -> None:
    """Take the edit of a message that brought some of the words, if it changes them."""
    message = exchange.message
    edited = draft.with_edited(message.message_id, words_of(message))
    if edited != draft:
        await settle_words(exchange, edited)


async def settle_words(exchange: Exchange, draft: Draft, *, here: bool = False) -> None:
    """Keep the draft's words and ask for what it needs next; `here` as in `asking`."""
    draft = at_its_step(draft)
    await keep(exchange, draft)
    await asking.ask_for_step(exchange, draft, here=here)


def at_its_step(draft: Draft) -> Draft:
    """Return a draft that waits for its own address if its words are fit, else for its words."""
    draft = draft.within_limit()
    return replace(draft, step=Step.ADDRESS if draft.fit else Step.WORDS, changes=None)


async def keep(exchange: Exchange, draft: Draft) -> None:
    """Keep a draft as the effect of an update."""
    await exchange.person()
    await drafts.keep(exchange.tx, draft, exchange.now)


async def ask_no_more(exchange: Exchange, *, of_letter: int | None = None) -> None:
    """Wait no more for what was asked of the sender about sealed letters, or about that one."""
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    if draft is None or not (draft.rewrites or draft.asks_for_others):
        return
    if of_letter in (None, draft.changes):
        await leave_sealed(exchange, draft)


async def leave_sealed(exchange: Exchange, draft: Draft) -> None:
    """Keep of a draft the letter under way, if there is one, and nothing of a sealed one."""
    await places.put_away(exchange, NEW_WORDS)
    await asking.put_question_away(exchange)
    draft = replace(draft, replaces=None, adds=False, chooses=False, changes=None)
    left = at_its_step(replace(draft, candidate=None, suggestion=None))
    if left.taken:
        await drafts.keep(exchange.tx, left, exchange.now)
    else:
        await _empty(exchange)


async def discard(exchange: Exchange) -> None:
    """Throw the sender's draft away, with the echo of it."""
    await asking.put_away(exchange)
    await places.put_away(exchange, prompts.ADDRESS_QUESTION)
    await _empty(exchange)


async def _empty(exchange: Exchange) -> None:
    """Keep nothing of the sender's draft but what is held of letters that were taken back."""
    tx, person_id = exchange.tx, exchange.person_id
    draft = await drafts.draft_of(tx, person_id)
    await drafts.discard(tx, person_id)
    if draft is not None and draft.taken_back:
        held = Draft(person_id=person_id, parts=draft.taken_back, resting=True)
        await drafts.keep(tx, held, exchange.now)


def part_of(message: Message) -> Part:
    """Return a message as a part of a letter."""
    return Part(message_id=message.message_id, sent_at=message.date, words=words_of(message))
