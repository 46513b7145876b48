"""A sealed letter while it can be changed: edited, rewritten, or sent elsewhere."""

from dataclasses import replace

from bot.botapi.buttons import Press
from bot.botapi.entities import words_of
from bot.chat import asking, confirmation, drafting, letter_question, places, prompts, sealed, stray
from bot.chat.changeable import on_press
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_page import ADD_POSTSCRIPT
from bot.chat.reading import leaves_it
from bot.drafts import Draft, Step
from bot.letters import flaw_of
from bot.store import (
    changes,
    drafts,
    letter_address,
    letter_list,
    letters,
    reminders,
)
from bot.store.addresses import Address
from bot.store.changes import Changeable
from bot.store.letters import Sealed
from bot.text import Words

LEAVE = Press("sealed:leave", "button-leave-letter")


@on_press(sealed.CHANGE)
async def ask_for_words(exchange: Exchange, letter: Changeable) -> None:
    """Ask for the words that take the place of the letter's; until then it stays as it is."""
    draft = await _draft(exchange)
    await letter_question.end(exchange)
    await drafting.keep(exchange, _changing(draft, letter, Step.WORDS))
    await places.put_away(exchange, drafting.NEW_WORDS)
    text = exchange.catalog.say("ask-changed-words")
    exchange.reply(text, [LEAVE.button(exchange.catalog)], slot=drafting.NEW_WORDS)


@on_press(sealed.CHANGE_ADDRESS)
async def ask_for_address(exchange: Exchange, letter: Changeable) -> None:
    """Ask for another address for the letter."""
    await letter_question.end(exchange)
    changed = _changing(await _draft(exchange), letter, Step.ADDRESS)
    await drafting.keep(exchange, changed)
    await asking.ask_for_step(exchange, changed)


async def leave(exchange: Exchange) -> None:
    """Leave the letter as it is, whose new words were asked for."""
    draft = await _draft(exchange)
    if draft.rewrites:
        await leave_unchanged(exchange, draft)
    else:
        prompts.say_stale(exchange)


async def leave_unchanged(exchange: Exchange, draft: Draft) -> None:
    """Say that the letter stays as it is, and go on with the one under way, if there is one."""
    exchange.leave_buttons()
    exchange.say("letter-left")
    await drafting.leave_sealed(exchange, draft)


async def take_text(exchange: Exchange, draft: Draft) -> None:
    """Take a text as the new words of the letter that is being changed."""
    letter = await _of(exchange, draft)
    if letter is None:
        await drafting.leave_sealed(exchange, draft)
        exchange.say("too-late-to-change")
        if not draft.taken:
            await stray.take_text(exchange, None)
    elif leaves_it(exchange.message.text or ""):
        await leave_unchanged(exchange, draft)
    else:
        await _rewrite(exchange, draft, letter)


async def take_edited(exchange: Exchange) -> None:
    """Take an edit of a message that is a part of a sealed letter.

    Telegram tells of more than edits as of one, of a reaction say, and not of which changed the
    text (https://core.telegram.org/bots/api#update).
    """
    message = exchange.message
    letter = await changes.of_message(
        exchange.tx, message.chat_id, message.message_id, exchange.now
    )
    if letter is not None:
        await _take_edit(exchange, letter, words_of(message))
    else:
        await _say_without_effect(exchange)


async def say_anew(exchange: Exchange, letter: Changeable) -> None:
    """Say of a letter that was changed what it says, and when and where it comes, now."""
    found = await letters.sealed_from(exchange.tx, exchange.person_id, letter.message_id)
    if found is not None:
        await sealed.say(exchange, found, letter.message_id)


async def send_to(exchange: Exchange, draft: Draft, address: Address | None) -> bool:
    """Let the letter that a draft changes go to an address, or to none; False if it's too late."""
    letter = await _of(exchange, draft)
    if letter is None:
        return await _send_unchangeable(exchange, draft, address)
    await reminders.send_to(exchange.tx, letter.id, address, exchange.now)
    if address is None or letter.address_id != address.id:
        await confirmation.end_unused(exchange, letter.address_id)
    await say_anew(exchange, letter)
    return True


async def _send_unchangeable(exchange: Exchange, draft: Draft, address: Address | None) -> bool:
    """Let a letter that can't be changed any more go to an address or none; False if it is gone."""
    tx = exchange.tx
    own = await letter_list.numbered(tx, exchange.person_id, draft.changes or 0)
    if own is None or not own.mail_may_come:
        return False
    if address is None:
        await reminders.send_to(tx, own.letter.id, None, exchange.now)
    else:
        await letter_address.send_to(tx, own.letter.id, address, exchange.now)
    if address is None or own.address_id != address.id:
        await confirmation.end_unused(exchange, own.address_id)
    return True


async def _take_edit(exchange: Exchange, letter: Changeable, words: Words) -> None:
    edited = letter.draft.with_edited(exchange.message.message_id, words)
    if edited == letter.draft:
        return
    kept = edited.within_limit()
    if await _says_unfit(exchange, letter, kept):
        return
    await changes.keep_edited(exchange.tx, letter.id, kept)
    await say_anew(exchange, letter)
    await stop_changing(exchange, letter)


async def _rewrite(exchange: Exchange, draft: Draft, letter: Changeable) -> None:
    part = drafting.part_of(exchange.message)
    new = Draft(person_id=draft.person_id, parts=(part,)).within_limit()
    if await _says_unfit(exchange, letter, new):
        return
    await changes.rewrite(exchange.tx, letter.id, new)
    await sealed.take_away(exchange, letter.message_id)
    await say_anew(exchange, replace(letter, message_id=part.message_id))
    await drafting.leave_sealed(exchange, draft)


async def _say_without_effect(exchange: Exchange) -> None:
    message = exchange.message
    found = await letters.sealed_from(exchange.tx, message.chat_id, message.message_id)
    if found is None or not found.letter.words.text:
        exchange.say("edit-without-effect")
    elif not _has(found.letter.words, words_of(message).trimmed()):
        await _say_sealed(exchange, found)


async def _say_sealed(exchange: Exchange, found: Sealed) -> None:
    """Say that a letter can't be changed, and offer to add to it as long as that can be done."""
    own = await letter_list.find(exchange.tx, exchange.person_id, found.message_id)
    if own is not None and own.to_come:
        exchange.say(
            "edit-of-sealed",
            ADD_POSTSCRIPT.labelled(exchange.catalog.say("button-add-postscript"), own.message_id),
        )
    else:
        exchange.say("edit-of-ended")


def _has(letter: Words, words: Words) -> bool:
    """Return whether words are a letter's, or those of one of its messages."""
    return letter == words or (
        letter.text != words.text and f"\n{words.text}\n" in f"\n{letter.text}\n"
    )


async def _says_unfit(exchange: Exchange, letter: Changeable, draft: Draft) -> bool:
    """Say what keeps a change from being the letter, which stays as it was; False for nothing."""
    own = await letter_list.numbered(exchange.tx, exchange.person_id, letter.id)
    beside = sum(each.words.size for each in own.postscripts) if own else 0
    if draft.fit and flaw_of(draft.words, beside=beside) is None:
        return False
    wrong = asking.words_wanted(exchange.catalog, draft, beside=beside)
    exchange.reply(f"{wrong}\n\n{exchange.catalog.say('letter-unchanged')}")
    return True


async def _of(exchange: Exchange, draft: Draft) -> Changeable | None:
    if draft.changes is None:
        return None
    letter = await changes.by_id(exchange.tx, draft.changes, exchange.now)
    return letter if letter and letter.draft.person_id == exchange.person_id else None


async def _draft(exchange: Exchange) -> Draft:
    found = await drafts.draft_of(exchange.tx, exchange.person_id)
    return found or Draft(person_id=exchange.person_id, resting=True)


def _changing(draft: Draft, letter: Changeable, step: Step) -> Draft:
    own = replace(draft, replaces=None, adds=False, chooses=False, resting=False)
    return replace(own, step=step, changes=letter.id)


async def stop_changing(exchange: Exchange, letter: Changeable) -> None:
    """Ask no more for a letter's new words, or address, which came another way."""
    draft = await _draft(exchange)
    if draft.changes == letter.id:
        await drafting.leave_sealed(exchange, draft)


FEATURE = Feature(
    presses={
        sealed.CHANGE: ask_for_words,
        sealed.CHANGE_ADDRESS: ask_for_address,
        LEAVE: leave,
    }
)
