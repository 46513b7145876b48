"""No more mail to an address, by the wish of whoever reads it. A link alone changes nothing."""

from bot.botapi import deep_links
from bot.botapi.buttons import PressWith
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.store import suppressions

STOP = PressWith("stop:", "[A-Za-z0-9_-]{1,59}", str, "button-stop")  # what the link carried


async def ask_whether(exchange: Exchange) -> None:
    """Ask whether mail should stop, as a scanner that opens links can't answer."""
    if suppressions.key_in(exchange.tx.vault, exchange.payload) is None:
        prompts.offer_to_write(exchange, "link-unknown")
        return
    exchange.say("stop-ask", STOP.button(exchange.catalog, exchange.payload))


async def suppress(exchange: Exchange) -> None:
    """Stop mail to the mailbox whose link was tapped, for good and whoever wants to send it.

    Nothing is kept of who did, who may be no user of this bot.
    """
    key = suppressions.key_in(exchange.tx.vault, exchange.payload)
    if key is None:
        prompts.say_stale(exchange)
        return
    await exchange.services.suppression_list.add(key)
    await suppressions.suppress(exchange.tx, key, exchange.now)
    exchange.edit("stop-done")


FEATURE = Feature(links={deep_links.STOP: ask_whether}, presses={STOP: suppress})
