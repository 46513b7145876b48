"""What the conversation says at each step."""

from datetime import datetime

from telegram import Update

from bot import callbacks
from bot.callbacks import Press
from bot.chat.desk import Buttons, Context
from bot.chat.sender import sender
from bot.chat.speech import say
from bot.letters import LARGEST_LETTER, LONGEST_LETTER, LetterFlaw, Reminder, flaw_of
from bot.locales import Catalog
from bot.store import people
from bot.store.drafts import Draft, Step
from bot.store.letters import Sealed
from bot.store.people import Address

_ADDRESSES_OFFERED = 3


async def ask_for_step(
    update: Update, context: Context, draft: Draft, *, name: str = "ask-address"
) -> None:
    """Ask for what the draft waits for; for its own address by the message of that name."""
    if draft.step is Step.WORDS:
        await ask_for_words(update, context, draft)
    elif draft.replaces is None:
        await _ask_for_address(update, context, name=name)
    else:
        await _ask_for_address(update, context, name="ask-new-address", besides=draft.replaces)


async def ask_for_words(update: Update, context: Context, draft: Draft) -> None:
    """Ask for the letter's words, or for fewer of them."""
    catalog = context.desk.catalog(update)
    await say(update, context, _words_wanted(catalog, draft))


def _words_wanted(catalog: Catalog, draft: Draft) -> str:
    if not draft.parts:
        return catalog.say("ask-words")
    if draft.overfull:
        return catalog.say("words-not-kept", limit=f"{LONGEST_LETTER:,}")
    words = draft.words
    match flaw_of(words):
        case LetterFlaw.TOO_LONG:
            n, limit = len(words.text), LONGEST_LETTER
            return catalog.count("words-too-long", n, limit=f"{limit:,}", excess=f"{n - limit:,}")
        case LetterFlaw.TOO_LARGE:
            n, limit = words.size, LARGEST_LETTER
            return catalog.count("words-too-large", n, limit=f"{limit:,}", excess=f"{n - limit:,}")
        case _:
            return catalog.say("words-empty")


async def _ask_for_address(
    update: Update, context: Context, *, name: str, besides: int | None = None
) -> None:
    """Ask where the mails should go, offering the addresses this person used before."""
    catalog = context.desk.catalog(update)
    used = await people.addresses_of(
        context.desk.database.reader, sender(update).id, limit=_ADDRESSES_OFFERED
    )
    offered = [each for each in used if each.id != besides]
    buttons = [(each.address, callbacks.use_address(each.id)) for each in offered]
    if buttons:
        buttons.append((catalog.say("button-other-address"), Press.OTHER_ADDRESS.value))
    await say(update, context, catalog.say(name), buttons)


async def ask_whether_slip(update: Update, context: Context, typed: str, likelier: str) -> None:
    """Ask whether an address was meant as typed."""
    catalog = context.desk.catalog(update)
    buttons = [
        (catalog.say("button-as-suggested", address=likelier), Press.AS_SUGGESTED.value),
        (catalog.say("button-as-typed", address=typed), Press.AS_TYPED.value),
    ]
    await say(update, context, catalog.say("did-you-mean", typed=typed, likelier=likelier), buttons)


async def offer_draft(update: Update, context: Context, *, name: str) -> None:
    """Offer to go on with the letter under way, or to begin another."""
    catalog = context.desk.catalog(update)
    buttons = [
        (catalog.say("button-go-on"), Press.GO_ON.value),
        (catalog.say("button-start-over"), Press.START_OVER.value),
    ]
    await say(update, context, catalog.say(name), buttons)


async def offer_to_write(update: Update, context: Context, *, name: str, **values: object) -> None:
    """Say the message of that name with a button to write a letter."""
    catalog = context.desk.catalog(update)
    button = (catalog.say("button-write"), Press.WRITE.value)
    await say(update, context, catalog.say(name, **values), [button])


async def say_sealed(
    update: Update, context: Context, sealed: Sealed, wait: datetime | None = None
) -> None:
    """Say that a letter is sealed, when it comes back and where to.

    `wait` is when its address may be asked again to be confirmed, if it wasn't asked just now.
    """
    catalog = context.desk.catalog(update)
    days = "\n".join(_when(catalog, reminder, sealed) for reminder in sealed.reminders)
    if sealed.confirmed:
        await say(update, context, catalog.say("sealed", days=days, address=sealed.address))
        return
    text = catalog.say("sealed-unconfirmed", days=days)
    consent = _consent_text(context, catalog, sealed.address, wait)
    await say(update, context, f"{text}\n\n{consent}", _consent_buttons(catalog, sealed.address_id))


async def say_replaced(
    update: Update, context: Context, address: Address, wait: datetime | None
) -> None:
    """Say that letters go to another address, once it is confirmed."""
    catalog = context.desk.catalog(update)
    text = catalog.say("address-replaced", address=address.address)
    if address.confirmed:
        await say(update, context, text)
        return
    consent = _consent_text(context, catalog, address.address, wait)
    await say(update, context, f"{text}\n\n{consent}", _consent_buttons(catalog, address.id))


async def say_asked(
    update: Update, context: Context, address: Address, wait: datetime | None
) -> None:
    """Say that a confirmation mail is on its way, or when another may be asked for."""
    catalog = context.desk.catalog(update)
    text = _consent_text(context, catalog, address.address, wait)
    await say(update, context, text, _consent_buttons(catalog, address.id))


async def say_when(update: Update, context: Context, name: str, moment: datetime) -> None:
    """Say the message of that name, which names a moment in its place {when}."""
    catalog = context.desk.catalog(update)
    when = catalog.date_and_time(moment, context.desk.zone)
    await say(update, context, catalog.say(name, when=when))


def _consent_text(context: Context, catalog: Catalog, address: str, wait: datetime | None) -> str:
    if wait is None:
        return catalog.say("confirm-sent", address=address)
    when = catalog.date_and_time(wait, context.desk.zone)
    return catalog.say("confirm-capped", address=address, when=when)


def _consent_buttons(catalog: Catalog, address_id: int) -> Buttons:
    return [(catalog.say("button-no-mail"), callbacks.look_for_spam(address_id))]


def _when(catalog: Catalog, reminder: Reminder, sealed: Sealed) -> str:
    moment = catalog.date_and_time(reminder.due_at, sealed.letter.zone)
    return catalog.count("sealed-day", reminder.day, moment=moment)
