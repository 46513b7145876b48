"""A text outside any letter: thanks, an address, a mail missed, what may be a letter, or else."""

from dataclasses import replace
from datetime import timedelta

from bot.botapi.buttons import Button
from bot.chat import asking, confirming, drafting, noting, prompts
from bot.chat.drafting import keep, part_of
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_list import NEXT
from bot.chat.letter_page import ADD_POSTSCRIPT
from bot.chat.reading import gives_address, gives_thanks, may_be_letter, misses_mail
from bot.drafts import Draft
from bot.email_address import BadAddress, check, looks_like_address
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, changes, drafts, letter_list, people, reminders

_ONCE = timedelta(days=1)


async def take_text(exchange: Exchange, draft: Draft | None) -> None:
    """Take a text of somebody who writes no letter now; `draft` is the one that rests."""
    text = exchange.message.text or ""
    if misses_mail(text) and await confirming.helps_find(exchange):
        return
    if gives_address(text):
        await _take_address(exchange, draft, text)
    elif await _takes_note(exchange, draft):
        return
    elif gives_thanks(text):
        await _return_thanks(exchange)
    elif may_be_letter(text):
        await _offer_as_letter(exchange, draft, "letter-offer")
    else:
        draft, as_note = await _held_for_note(exchange, draft)
        await say(exchange, draft, *as_note)


async def _takes_note(exchange: Exchange, draft: Draft | None) -> bool:
    """Take a text as a note beside a letter that came back, which may become a letter instead."""
    part, full = part_of(exchange.message), may_be_letter(exchange.message.text or "")
    if not full or not (draft is None or draft.is_none):
        return await noting.takes_text(exchange)
    label = exchange.catalog.say("button-as-new-letter")
    taken = await noting.takes_text(exchange, prompts.AS_LETTER.labelled(label, part.message_id))
    if taken:
        await keep(exchange, _resting(exchange, draft).holding(part))
    return taken


async def _held_for_note(
    exchange: Exchange, draft: Draft | None
) -> tuple[Draft | None, list[Button]]:
    """Hold a text that may be meant as a note; returns the button that makes it one, if any."""
    if not await noting.could_take(exchange):
        return draft, []
    part = part_of(exchange.message)
    held = _resting(exchange, draft).holding(part)
    await keep(exchange, held)
    return held, [noting.AS_NOTE.button(exchange.catalog, part.message_id)]


async def take_other(exchange: Exchange, draft: Draft | None) -> None:
    """Take what is no text: the words under a picture may be a letter, however few."""
    if (exchange.message.caption or "").strip():
        await _offer_as_letter(exchange, draft, "caption-offer")
    else:
        await say(exchange, draft)


async def say(exchange: Exchange, draft: Draft | None, *more: Button) -> None:
    """Say how to begin a letter, or how to go on with the one put aside."""
    if draft is not None and not draft.is_none:
        prompts.offer_draft(exchange, draft, *more)
        return
    catalog, buttons = exchange.catalog, [prompts.WRITE.button(exchange.catalog)]
    if await letter_list.count(exchange.tx, exchange.person_id):
        buttons.append(NEXT.labelled(catalog.say("button-my-letters"), 0))
    exchange.say("stray", *more, *await _as_postscript(exchange), *buttons)


async def _return_thanks(exchange: Exchange) -> None:
    """Return thanks in words once a day, and by a sign in between."""
    person = await exchange.person()
    if await people.note_thanked(exchange.tx, person.id, exchange.now, since=exchange.now - _ONCE):
        exchange.say("thanks")
    else:
        exchange.react("❤")


async def _take_address(exchange: Exchange, draft: Draft | None, text: str) -> None:
    """Remember an address, and ask what it is for."""
    try:
        found = check(text)
    except BadAddress:
        await say(exchange, draft)
        return
    draft, as_note = await _held_for_note(exchange, draft)
    known = replace(_resting(exchange, draft), candidate=found.address, suggestion=None)
    await keep(exchange, known)
    if known.is_none:
        exchange.say("address-for-what", *as_note, *await _uses(exchange), address=found.address)
    else:
        prompts.offer_draft(exchange, known, *as_note)


async def begins_with_address(exchange: Exchange) -> bool:
    """Return whether a text is an address that can only be for a letter yet to be written."""
    if not looks_like_address(exchange.message.text or ""):
        return False
    return len(await _uses(exchange)) == 1


async def _uses(exchange: Exchange) -> list[Button]:
    """Return the buttons for what an address may be for."""
    tx, person_id, catalog = exchange.tx, exchange.person_id, exchange.catalog
    buttons = [prompts.WRITE.button(catalog)]
    if used := await addresses.in_use(tx, person_id):
        buttons.append(CHANGE_ADDRESS.labelled(catalog.say("button-use-instead"), used[0].id))
    if await reminders.lacks_address(tx, person_id, exchange.now):
        buttons.append(Button(catalog.say("button-use-too"), prompts.ADD_ADDRESS.name))
    return buttons


async def _offer_as_letter(exchange: Exchange, draft: Draft | None, name: str) -> None:
    """Hold a text, and offer by the message of that name to take it as a letter."""
    part, catalog = part_of(exchange.message), exchange.catalog
    if draft is None or draft.is_none:
        await keep(exchange, _resting(exchange, draft).holding(part))
        ways = [prompts.AS_LETTER.button(catalog, part.message_id)]
        if await noting.could_take(exchange):
            ways.append(noting.AS_NOTE.button(catalog, part.message_id))
        exchange.say(name, *ways, *await _as_postscript(exchange))
        return
    await keep(exchange, draft.holding(part))
    new = prompts.AS_LETTER.labelled(catalog.say("button-as-new-letter"), part.message_id)
    prompts.offer_draft(exchange, draft, prompts.TAKE_PART.button(catalog, part.message_id), new)


async def _as_postscript(exchange: Exchange) -> list[Button]:
    """Return the button to add to a letter sealed within the hour: it may lack what is sent now."""
    soft = await changes.all_of(exchange.tx, exchange.person_id, exchange.now)
    label = exchange.catalog.say("button-add-postscript")
    return [ADD_POSTSCRIPT.labelled(label, newest) for newest in soft[:1]]


async def take_as_letter(exchange: Exchange) -> None:
    """Begin a letter with a text that was offered as one, in place of any that rests."""
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    part = draft.held(prompts.AS_LETTER.read(exchange.payload)) if draft else None
    if draft is None or part is None:
        prompts.say_stale(exchange)
    elif draft.taken and not draft.resting:
        prompts.offer_draft(exchange, draft)
    else:
        await asking.put_away(exchange)
        await noting.give_back(exchange, part.message_id)
        taken = replace(part, held=False)
        parts = (*draft.taken_back, taken)
        new = Draft(person_id=exchange.person_id, parts=parts, candidate=draft.remembered)
        await drafting.settle_words(exchange, new, here=True)


def _resting(exchange: Exchange, draft: Draft | None) -> Draft:
    return draft or Draft(person_id=exchange.person_id, resting=True)


FEATURE = Feature(presses={prompts.AS_LETTER: take_as_letter})
