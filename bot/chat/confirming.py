"""An address is confirmed: by the code typed, or by one tap on the mail's link."""

import re

from bot.botapi.deep_links import CONFIRM
from bot.chat import confirmation, prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.address_unconfirmed import CONFIRM_AGAIN
from bot.store import addresses, consent
from bot.store.addresses import Address
from bot.store.consent import Answer, Verdict

_SIX = r"\d{3}[ -]?\d{3}"
_ALONE = re.compile(rf"\s*{_SIX}\s*")
_AMID_WORDS = re.compile(rf"(?<![\dA-Za-z@._+-]){_SIX}(?![\dA-Za-z@_]|[.-][\dA-Za-z])")
_SENTENCE = 80  # characters; whatever is longer is no answer but a letter
_COMMAND_WITH_CODE = rf"^/confirm\s(?:[^\n]{{0,{_SENTENCE}}}\D)?{_SIX}(?!\d)"

_NOT_FITTING = {Verdict.WRONG, Verdict.USED_UP, Verdict.NOT_ASKED}

_CALLS_FOR_ANOTHER = {Verdict.EXPIRED, Verdict.USED_UP}

_SPAM_HINTS = {
    "naver.com": "spam-naver",
    "gmail.com": "spam-gmail",
    "googlemail.com": "spam-gmail",
    "outlook.com": "spam-outlook",
    "outlook.kr": "spam-outlook",
    "hotmail.com": "spam-outlook",
    "live.com": "spam-outlook",
}


async def takes_code(exchange: Exchange, *, writing: bool) -> bool:
    """Try the code that a text is or has in it; returns whether it was answered as one.

    `writing`: the text may as well be a letter's words or an address. Then a wrong code is one only
    where it stands alone and is awaited.
    """
    text = exchange.message.text or ""
    code, alone = _code_in(text), _ALONE.fullmatch(text) is not None
    if code is None or ((writing or not alone) and not await _is_awaited(exchange)):
        return False
    answer = await _try(exchange, code)
    if writing and not alone and answer.verdict in _NOT_FITTING:
        return False
    await _say_verdict(exchange, answer)
    return True


async def take_command(exchange: Exchange) -> None:
    """Try the code that stands behind the command."""
    code = _code_in((exchange.message.text or "").partition("/confirm")[2])
    if code is None:
        await ask_again(exchange)
    else:
        await _say_verdict(exchange, await _try(exchange, code))


async def take_link(exchange: Exchange) -> None:
    """Confirm the address that the link was mailed to, if it is one the sender gave."""
    tx, person_id = exchange.tx, exchange.person_id
    answer = await consent.try_link(tx, person_id, exchange.payload, exchange.now)
    await _say_verdict(exchange, answer)


async def ask_again(exchange: Exchange) -> None:
    """Send another confirmation mail; with several addresses waiting, ask to which."""
    waiting = await addresses.unconfirmed(exchange.tx, exchange.person_id)
    if not waiting:
        exchange.say("confirm-none")
    elif len(waiting) == 1:
        await _ask(exchange, waiting[0].id)
    else:
        buttons = [CONFIRM_AGAIN.labelled(each.address, each.id) for each in waiting]
        exchange.say("confirm-which", *buttons)


async def ask_pressed(exchange: Exchange) -> None:
    """Send another confirmation mail to the address whose button was pressed."""
    await _ask(exchange, CONFIRM_AGAIN.read(exchange.payload))


async def help_find(exchange: Exchange) -> None:
    """Say where a mail that isn't there may be, in two lines for the address's own provider.

    It may have gone to an address that was mistyped: another can be given.
    """
    address_id = confirmation.NO_MAIL.read(exchange.payload)
    address = await addresses.get(exchange.tx, address_id, owner=exchange.person_id)
    if address is None:
        prompts.say_stale(exchange)
    else:
        await _say_where(exchange, address)


async def helps_find(exchange: Exchange) -> bool:
    """Say where a mail to the sender may be; returns whether any goes to them."""
    tx, person_id = exchange.tx, exchange.person_id
    given = await addresses.unconfirmed(tx, person_id) or await addresses.in_use(tx, person_id)
    if given:
        await _say_where(exchange, given[0])
    return bool(given)


async def _say_where(exchange: Exchange, address: Address) -> None:
    catalog, domain = exchange.catalog, address.address.rpartition("@")[2].casefold()
    hints = [_SPAM_HINTS[domain]] if domain in _SPAM_HINTS else sorted(set(_SPAM_HINTS.values()))
    said = (catalog.say(name) for name in ("spam", *hints, "spam-stopped"))
    text = "\n\n".join(said)
    if address.confirmed:
        exchange.leave_buttons()
        exchange.say(Verdict.ALREADY.value)
    else:
        await confirmation.say_where_to_look(exchange, address, text)


def _code_in(text: str) -> str | None:
    """Return the six digits that a text is, or that stand in a short sentence."""
    if len(text) > _SENTENCE:
        return None
    found = _AMID_WORDS.search(text)
    return "".join(str(int(each)) for each in found[0] if each.isdecimal()) if found else None


async def _is_awaited(exchange: Exchange) -> bool:
    return bool(await consent.pending(exchange.tx, exchange.person_id))


async def _try(exchange: Exchange, code: str) -> Answer:
    return await consent.try_code(exchange.tx, exchange.person_id, code, exchange.now)


async def _say_verdict(exchange: Exchange, answer: Answer) -> None:
    name = answer.verdict.value
    if answer.verdict is Verdict.CONFIRMED and answer.address_id is not None:
        await confirmation.say_confirmed(exchange, answer.address_id, answer.address)
        return
    if answer.verdict is Verdict.WRONG:
        exchange.count(name, answer.tries_left)
        return
    buttons = []
    if answer.verdict in _CALLS_FOR_ANOTHER and answer.address_id is not None:
        buttons.append(CONFIRM_AGAIN.button(exchange.catalog, answer.address_id))
    exchange.say(name, *buttons, address=answer.address)


async def _ask(exchange: Exchange, address_id: int) -> None:
    await exchange.person()
    address = await addresses.get(exchange.tx, address_id, owner=exchange.person_id)
    if address is None:
        exchange.say("confirm-none")
    elif address.confirmed:
        exchange.leave_buttons()
        exchange.say(Verdict.ALREADY.value)
    else:
        await confirmation.ask(exchange, address, here=True)


FEATURE = Feature(
    texts={_COMMAND_WITH_CODE: take_command},
    links={CONFIRM: take_link},
    presses={CONFIRM_AGAIN: ask_pressed, confirmation.NO_MAIL: help_find},
    commands={"confirm": ask_again},
)
