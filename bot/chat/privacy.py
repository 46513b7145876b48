"""/privacy, /export and /delete: what is kept of a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.botapi.buttons import ID, PressWith
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.reading import agrees, leaves_it
from bot.store import erase_person, people

ERASE_LIFE = timedelta(hours=1)
"""How long the button to erase everything works; an old one must not be pressed by accident."""

ERASE = PressWith("erase:", ID, int, "button-delete")
"""Carries when it was asked for, in microseconds."""

_ASKED = "erase"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def statement(exchange: Exchange) -> None:
    """Say what is kept, why, how long, and who can read it."""
    at_rest = exchange.catalog.say("privacy-encrypted")
    exchange.say("privacy", kept_for="\n".join(_kept_for(exchange)), at_rest=at_rest)


def _kept_for(exchange: Exchange) -> Iterator[str]:
    """Yield how long words are kept, and addresses that nobody needs."""
    catalog, services = exchange.catalog, exchange.services
    if services.retention is None:
        yield catalog.say("privacy-kept")
    else:
        yield catalog.count("privacy-kept-for", services.retention.days)
    if services.address_life is not None:
        yield catalog.count("privacy-addresses", services.address_life.days)


async def export(exchange: Exchange) -> None:
    """Hand over everything that is kept about the sender, as one file."""
    if await people.met_at(exchange.tx, exchange.person_id) is None:
        exchange.say("nothing-kept")
    else:
        exchange.hand_over_export()


async def ask_whether(exchange: Exchange) -> None:
    """Ask whether everything should be erased, and say what goes."""
    if await people.met_at(exchange.tx, exchange.person_id) is None:
        exchange.say("nothing-kept")
        return
    await people.note_asked(exchange.tx, exchange.person_id, _ASKED, exchange.now)
    exchange.say("delete-ask", ERASE.button(exchange.catalog, _microseconds(exchange.now)))


async def takes_text(exchange: Exchange) -> bool:
    """Take a yes or a no typed where that was asked; returns whether it was one.

    A typed yes erases nothing: it may be meant for something else.
    """
    tx, person_id, text = exchange.tx, exchange.person_id, exchange.message.text or ""
    if await people.asked(tx, person_id, since=exchange.now - ERASE_LIFE) != _ASKED:
        return False
    if agrees(text):
        exchange.say("delete-by-button")
    elif leaves_it(text):
        await people.note_asked(tx, person_id, None, exchange.now)
        exchange.say("delete-left")
    else:
        return False
    return True


async def erase(exchange: Exchange) -> None:
    """Erase everything of the sender's.

    A button from before they were last met is for what is gone already, one pressed late may be an
    accident: both only ask again.
    """
    met_at = await people.met_at(exchange.tx, exchange.person_id)
    asked_at = ERASE.read(exchange.payload)
    if met_at is None or asked_at < _microseconds(max(met_at, exchange.now - ERASE_LIFE)):
        exchange.leave_buttons()
        await ask_whether(exchange)
        return
    await erase_person.erase(exchange.tx, exchange.person_id, exchange.update.update_id)
    exchange.edit("delete-done")


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


FEATURE = Feature(
    presses={ERASE: erase},
    commands={"privacy": statement, "export": export, "delete": ask_whether},
)
