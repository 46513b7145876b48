"""An address is confirmed: by the code typed, or by one tap on the mail's link."""

from collections.abc import Awaitable, Callable

from telegram import Update

from bot import callbacks
from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.presses import carried, number_carried
from bot.chat.sender import message_of, sender
from bot.chat.speech import say
from bot.locales import Catalog
from bot.store import consent, people, stops
from bot.store.consent import Answer, Verdict
from bot.store.database import Transaction

_CODE = r"\d{3}[ -]?\d{3}\s*$"
CODE_PATTERN = rf"^\s*{_CODE}"
COMMAND_PATTERN = rf"^/confirm\s+{_CODE}"
LINK_PATTERN = r"^/start c([A-Za-z0-9_-]+)$"

_Trial = Callable[[Transaction, int], Awaitable[Answer]]

_SPAM_HINTS = {
    "naver.com": "spam-naver",
    "gmail.com": "spam-gmail",
    "googlemail.com": "spam-gmail",
    "outlook.com": "spam-outlook",
    "outlook.kr": "spam-outlook",
    "hotmail.com": "spam-outlook",
    "live.com": "spam-outlook",
}


async def is_awaited(update: Update, context: Context) -> bool:
    """Tell whether the sender has a confirmation under way that a code may be for."""
    return bool(await consent.pending(context.desk.database.reader, sender(update).id))


async def take_code(update: Update, context: Context) -> None:
    """Try the code that was typed."""
    typed = message_of(update).text or ""
    code = "".join(str(int(digit)) for digit in typed if digit.isdecimal())
    now = context.desk.clock.now()
    await _try(update, context, lambda tx, person: consent.try_code(tx, person, code, now))


async def take_link(update: Update, context: Context) -> None:
    """Try the link that was tapped; only the person who gave the address can confirm it."""
    way, now = carried(context), context.desk.clock.now()
    await _try(update, context, lambda tx, person: consent.try_pass(tx, person, way, now))


async def ask_again(update: Update, context: Context) -> None:
    """Send another confirmation mail; with several addresses waiting, ask to which."""
    desk = context.desk
    waiting = await consent.unconfirmed(desk.database.reader, sender(update).id)
    catalog = desk.catalog(update)
    if not waiting:
        await say(update, context, catalog.say("confirm-none"))
    elif len(waiting) == 1:
        await _ask(update, context, waiting[0].id)
    else:
        buttons = [(each.address, callbacks.confirm_address(each.id)) for each in waiting]
        await say(update, context, catalog.say("confirm-which"), buttons)


async def ask_pressed(update: Update, context: Context) -> None:
    """Send another confirmation mail to the address whose button was pressed."""
    await _ask(update, context, number_carried(context))


async def help_find(update: Update, context: Context) -> None:
    """Say where a mail that isn't there may be, in two lines for the address's own provider.

    It may have gone to an address that was mistyped: another can be given.
    """
    desk, catalog = context.desk, context.desk.catalog(update)
    address = await people.address(
        desk.database.reader, number_carried(context), owner=sender(update).id
    )
    if address is None:
        await prompts.offer_to_write(update, context, name="stale-press")
        return
    domain = address.address.rpartition("@")[2].casefold()
    hints = [_SPAM_HINTS[domain]] if domain in _SPAM_HINTS else sorted(set(_SPAM_HINTS.values()))
    text = "\n\n".join((catalog.say("spam"), *(catalog.say(hint) for hint in hints)))
    again = (catalog.say("button-confirm-again"), callbacks.confirm_address(address.id))
    other = (catalog.say("button-change-address"), callbacks.change_address(address.id))
    await say(update, context, text, [] if address.confirmed else [again, other])


async def _try(update: Update, context: Context, trial: _Trial) -> None:
    async with context.desk.change(update) as (tx, person):
        answer = await trial(tx, person.id)
    if answer.verdict is Verdict.CONFIRMED:
        context.desk.on_due()
    await say(update, context, _verdict(context.desk.catalog(update), answer))


def _verdict(catalog: Catalog, answer: Answer) -> str:
    if answer.verdict is Verdict.WRONG:
        return catalog.count(answer.verdict.value, answer.tries_left)
    return catalog.say(answer.verdict.value, address=answer.address)


async def _ask(update: Update, context: Context, address_id: int) -> None:
    desk, catalog = context.desk, context.desk.catalog(update)
    wait = None
    async with desk.change(update) as (tx, person):
        address = await people.address(tx, address_id, owner=person.id)
        stopped = address is not None and await stops.is_stopped(tx, address.address)
        if address is not None and not (address.confirmed or stopped):
            wait = await consent.ask(tx, address, desk.caps, desk.clock.now())
    if address is None or address.confirmed:
        await say(update, context, catalog.say("confirm-none"))
    elif stopped:
        other = (catalog.say("button-change-address"), callbacks.change_address(address.id))
        await say(update, context, catalog.say("stopped-address"), [other])
    else:
        desk.on_due()
        await prompts.say_asked(update, context, address, wait)
