"""What the conversation says at each step."""

from datetime import datetime

from bot.botapi.buttons import ID, Button, Press, PressWith
from bot.chat.exchange import Exchange
from bot.email_address import Flaw
from bot.letters import LARGEST_LETTER, LONGEST_LETTER, LetterFlaw, Reminder, flaw_of
from bot.locales import Catalog
from bot.messages.draft_resting import GO_ON
from bot.store import addresses
from bot.store.addresses import Address
from bot.store.drafts import Draft, Step
from bot.store.letters import Sealed

WRITE = Press("write", "button-write")
START_OVER = Press("draft:start-over", "button-start-over")
USE_ADDRESS = PressWith("address:use:", ID, int)
OTHER_ADDRESS = Press("address:other", "button-other-address")
AS_SUGGESTED = Press("address:as-suggested", "button-as-suggested")
AS_TYPED = Press("address:as-typed", "button-as-typed")
AS_KEYED = Press("address:as-keyed", "button-as-keyed")
RETYPE = Press("address:retype", "button-retype")
NO_MAIL = PressWith("spam:", ID, int, "button-no-mail")

_ADDRESSES_OFFERED = 3


async def ask_for_step(exchange: Exchange, draft: Draft, *, name: str = "ask-address") -> None:
    """Ask for what the draft waits for; for its own address by the message of that name."""
    if draft.step is Step.WORDS:
        ask_for_words(exchange, draft)
    elif draft.replaces is None:
        await _ask_for_address(exchange, name)
    else:
        await _ask_for_address(exchange, "ask-new-address", besides=draft.replaces)


def ask_for_words(exchange: Exchange, draft: Draft) -> None:
    """Ask for the letter's words, or for fewer of them."""
    exchange.reply(_words_wanted(exchange.catalog, draft))


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


async def _ask_for_address(exchange: Exchange, name: str, *, besides: int | None = None) -> None:
    """Ask where the mails should go, offering the addresses this person used before."""
    used = await addresses.usable(exchange.tx, exchange.person_id, limit=_ADDRESSES_OFFERED)
    buttons = [USE_ADDRESS.labelled(each.address, each.id) for each in used if each.id != besides]
    if buttons:
        buttons.append(OTHER_ADDRESS.button(exchange.catalog))
    exchange.say(name, *buttons)


def ask_whether_slip(exchange: Exchange, likelier: str) -> None:
    """Ask whether an address was meant as typed."""
    _ask_whether_meant(exchange, likelier, AS_TYPED)


def say_flawed(exchange: Exchange, flaw: Flaw, likelier: str | None) -> None:
    """Say what is wrong with an address, or ask whether the likelier one was meant."""
    if likelier is None:
        exchange.say(flaw.value)
    elif flaw is Flaw.KEYBOARD:
        buttons = [press.button(exchange.catalog) for press in (AS_KEYED, RETYPE)]
        exchange.say(flaw.value, *buttons, likelier=likelier)
    else:
        _ask_whether_meant(exchange, likelier, RETYPE)


def _ask_whether_meant(exchange: Exchange, likelier: str, otherwise: Press) -> None:
    catalog = exchange.catalog
    buttons = AS_SUGGESTED.button(catalog, address=likelier), otherwise.button(catalog)
    exchange.say("did-you-mean", *buttons, likelier=likelier)


def offer_draft(exchange: Exchange, name: str) -> None:
    """Offer to go on with the letter under way, or to begin another."""
    buttons = [press.button(exchange.catalog) for press in (GO_ON, START_OVER)]
    exchange.say(name, *buttons)


def offer_to_write(exchange: Exchange, name: str, **values: object) -> None:
    """Say the message of that name with a button to write a letter."""
    exchange.say(name, WRITE.button(exchange.catalog), **values)


def say_stale(exchange: Exchange) -> None:
    """Say that a button's time is over, and leave none under its message."""
    exchange.leave_buttons()
    offer_to_write(exchange, "stale-press")


def say_sealed(exchange: Exchange, sealed: Sealed, wait: datetime | None) -> None:
    """Say that a letter is sealed, when it comes back and where to.

    `wait` is when its address may be asked again to be confirmed, if it wasn't asked just now.
    """
    days = "\n".join(_when(exchange.catalog, each, sealed) for each in sealed.reminders)
    if sealed.confirmed:
        exchange.say("sealed", days=days, address=sealed.address)
        return
    text = exchange.catalog.say("sealed-unconfirmed", days=days)
    consent = _consent_text(exchange, sealed.address, wait)
    exchange.reply(f"{text}\n\n{consent}", [_no_mail(exchange, sealed.address_id)])


def say_replaced(exchange: Exchange, address: Address, wait: datetime | None) -> None:
    """Say that letters go to another address, once it is confirmed."""
    text = exchange.catalog.say("address-replaced", address=address.address)
    if address.confirmed:
        exchange.reply(text)
        return
    consent = _consent_text(exchange, address.address, wait)
    exchange.reply(f"{text}\n\n{consent}", [_no_mail(exchange, address.id)])


def say_asked(exchange: Exchange, address: Address, wait: datetime | None) -> None:
    """Say that a confirmation mail is on its way, or when another may be asked for."""
    text = _consent_text(exchange, address.address, wait)
    exchange.reply(text, [_no_mail(exchange, address.id)])


def say_when(exchange: Exchange, name: str, moment: datetime) -> None:
    """Say the message of that name, which names a moment in its place {when}."""
    exchange.say(name, when=exchange.catalog.date_and_time(moment, exchange.services.zone))


def _consent_text(exchange: Exchange, address: str, wait: datetime | None) -> str:
    if wait is None:
        return exchange.catalog.say("confirm-sent", address=address)
    when = exchange.catalog.date_and_time(wait, exchange.services.zone)
    return exchange.catalog.say("confirm-capped", address=address, when=when)


def _no_mail(exchange: Exchange, address_id: int) -> Button:
    return NO_MAIL.button(exchange.catalog, address_id)


def _when(catalog: Catalog, reminder: Reminder, sealed: Sealed) -> str:
    moment = catalog.date_and_time(reminder.due_at, sealed.letter.zone)
    return catalog.count("sealed-day", reminder.day, moment=moment)
