"""What becomes of a letter behind its last day: it comes once more, is erased, or is kept as it is.

Nothing pressed means kept.
"""

from bot.botapi.buttons import DELIVERY, PressWith
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.returned import find
from bot.chat.what_next import ERASE, say_what_next
from bot.store import letters

ERASE_NOW = PressWith("letter:erase-now:", DELIVERY, str, "button-erase-letter")
SPARE = PressWith("letter:spare:", DELIVERY, str, "button-spare")
KEEP = PressWith("letter:keep:", DELIVERY, str)
"""Under an earlier version's last reminder, as `LET_GO` is."""
LET_GO = PressWith("letter:let-go:", DELIVERY, str)


async def ask_whether_to_erase(exchange: Exchange) -> None:
    """Ask whether the letter's words should be erased."""
    if await find(exchange, exchange.payload):
        _ask(exchange, here=True)


async def ask_below(exchange: Exchange) -> None:
    """Ask so below a reminder, whose words stay."""
    if await find(exchange, exchange.payload):
        exchange.leave_buttons()
        _ask(exchange, here=False)


def _ask(exchange: Exchange, *, here: bool) -> None:
    buttons = tuple(
        press.button(exchange.catalog, exchange.payload) for press in (ERASE_NOW, SPARE)
    )
    edits = exchange.pressed if here else None
    exchange.reply(exchange.catalog.say("letter-erase-ask"), (buttons,), edits=edits)


async def erase(exchange: Exchange) -> None:
    """Erase the letter's words."""
    if returned := await find(exchange, exchange.payload):
        await letters.erase_text(exchange.tx, returned.reminder.letter.id, exchange.now)
        exchange.edit("letter-erased")


async def spare(exchange: Exchange) -> None:
    """Leave the letter as it is, and say once more what can be done with it."""
    if await find(exchange, exchange.payload):
        say_what_next(exchange, exchange.payload, here=True)


async def keep(exchange: Exchange) -> None:
    """Say that the letter stays, which no button is needed for any more."""
    if await find(exchange, exchange.payload):
        exchange.leave_buttons()
        retention = exchange.services.retention
        if retention is None:
            exchange.say("letter-kept")
        else:
            exchange.count("letter-kept-for", retention.days)


FEATURE = Feature(
    presses={
        ERASE: ask_whether_to_erase,
        ERASE_NOW: erase,
        SPARE: spare,
        KEEP: keep,
        LET_GO: ask_below,
    }
)
