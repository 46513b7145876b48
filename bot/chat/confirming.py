"""An address is confirmed: by the code typed, or by one tap on the mail's link."""

import re

from bot.botapi.buttons import ID, PressWith
from bot.botapi.deep_links import CONFIRM
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, consent, suppressions
from bot.store.consent import Answer, Verdict

_CODE = r"\d{3}[ -]?\d{3}\s*$"
_CODE_ALONE = re.compile(rf"\s*{_CODE}")
_COMMAND_WITH_CODE = rf"^/confirm\s+{_CODE}"

ASK_AGAIN = PressWith("confirm:", ID, int, "button-confirm-again")

_SPAM_HINTS = {
    "naver.com": "spam-naver",
    "gmail.com": "spam-gmail",
    "googlemail.com": "spam-gmail",
    "outlook.com": "spam-outlook",
    "outlook.kr": "spam-outlook",
    "hotmail.com": "spam-outlook",
    "live.com": "spam-outlook",
}


def is_code(text: str) -> bool:
    """Return whether a text is six digits and no more."""
    return _CODE_ALONE.match(text) is not None


async def is_awaited(exchange: Exchange) -> bool:
    """Return whether the sender has a confirmation under way that a code may be for."""
    return bool(await consent.pending(exchange.tx, exchange.person_id))


async def take_code(exchange: Exchange) -> None:
    """Try the code that was typed."""
    typed = exchange.message.text or ""
    code = "".join(str(int(digit)) for digit in typed if digit.isdecimal())
    await exchange.person()
    _say_verdict(
        exchange, await consent.try_code(exchange.tx, exchange.person_id, code, exchange.now)
    )


async def take_link(exchange: Exchange) -> None:
    """Try the link that was tapped; only the person who gave the address can confirm it."""
    await exchange.person()
    _say_verdict(
        exchange,
        await consent.try_link(exchange.tx, exchange.person_id, exchange.payload, exchange.now),
    )


async def ask_again(exchange: Exchange) -> None:
    """Send another confirmation mail; with several addresses waiting, ask to which."""
    waiting = await addresses.unconfirmed(exchange.tx, exchange.person_id)
    if not waiting:
        exchange.say("confirm-none")
    elif len(waiting) == 1:
        await _ask(exchange, waiting[0].id)
    else:
        buttons = [ASK_AGAIN.labelled(each.address, each.id) for each in waiting]
        exchange.say("confirm-which", *buttons)


async def ask_pressed(exchange: Exchange) -> None:
    """Send another confirmation mail to the address whose button was pressed."""
    await _ask(exchange, ASK_AGAIN.read(exchange.payload))


async def help_find(exchange: Exchange) -> None:
    """Say where a mail that isn't there may be, in two lines for the address's own provider.

    It may have gone to an address that was mistyped: another can be given.
    """
    catalog = exchange.catalog
    address_id = prompts.NO_MAIL.read(exchange.payload)
    address = await addresses.get(exchange.tx, address_id, owner=exchange.person_id)
    if address is None:
        prompts.say_stale(exchange)
        return
    domain = address.address.rpartition("@")[2].casefold()
    hints = [_SPAM_HINTS[domain]] if domain in _SPAM_HINTS else sorted(set(_SPAM_HINTS.values()))
    text = "\n\n".join((catalog.say("spam"), *(catalog.say(hint) for hint in hints)))
    ways_on = [press.button(catalog, address.id) for press in (ASK_AGAIN, CHANGE_ADDRESS)]
    exchange.reply(text, () if address.confirmed else ways_on)


def _say_verdict(exchange: Exchange, answer: Answer) -> None:
    name = answer.verdict.value
    if answer.verdict is Verdict.WRONG:
        exchange.count(name, answer.tries_left)
    else:
        exchange.say(name, address=answer.address)


async def _ask(exchange: Exchange, address_id: int) -> None:
    tx, caps, now = exchange.tx, exchange.services.caps, exchange.now
    await exchange.person()
    address = await addresses.get(tx, address_id, owner=exchange.person_id)
    if address is None or address.confirmed:
        exchange.say("confirm-none")
    elif await suppressions.is_suppressed(tx, address.address):
        exchange.say("stopped-address", CHANGE_ADDRESS.button(exchange.catalog, address.id))
    else:
        wait = await consent.ask(tx, address, caps, now)
        prompts.say_asked(exchange, address, wait)


FEATURE = Feature(
    texts={_COMMAND_WITH_CODE: take_code},
    links={CONFIRM: take_link},
    presses={ASK_AGAIN: ask_pressed, prompts.NO_MAIL: help_find},
    commands={"confirm": ask_again},
)
