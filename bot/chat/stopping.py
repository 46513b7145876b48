"""No more mail to an address, by the wish of whoever reads it. A link alone changes nothing."""

from bot import callbacks
from bot.botapi.buttons import Button
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.store import stops

LINK_PATTERN = r"^/start s([A-Za-z0-9_-]{1,63})$"


async def ask_whether(exchange: Exchange) -> None:
    """Ask whether mail should stop, as a scanner that opens links can't answer."""
    if stops.stopped_by(exchange.tx.vault, exchange.payload) is None:
        prompts.offer_to_write(exchange, "link-unknown")
        return
    button = Button(exchange.catalog.say("button-stop"), callbacks.stop_mail(exchange.payload))
    exchange.say("stop-ask", button)


async def stop(exchange: Exchange) -> None:
    """Stop mail to the mailbox whose link was tapped, for good and whoever wants to send it.

    Nothing is kept of who did, who may be no user of this bot.
    """
    key = stops.stopped_by(exchange.tx.vault, exchange.payload)
    if key is None:
        prompts.offer_to_write(exchange, "stale-press")
        return
    await exchange.services.stop_list.add(key)
    await stops.stop(exchange.tx, key, exchange.now)
    exchange.say("stop-done")
