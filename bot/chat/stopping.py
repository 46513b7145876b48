"""No more mail to an address, by the wish of whoever reads it. A link alone changes nothing."""

from telegram import Update

from bot import callbacks
from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.speech import say
from bot.store import stops

LINK_PATTERN = r"^/start s([A-Za-z0-9_-]+)$"


async def ask_whether(update: Update, context: Context) -> None:
    """Ask whether mail should stop, as a scanner that opens links can't answer."""
    carried = context.matches[0][1] if context.matches else ""
    catalog = context.desk.catalog(update)
    if stops.stopped_by(context.desk.database.reader.vault, carried) is None:
        await prompts.offer_to_write(update, context, name="link-unknown")
        return
    button = (catalog.say("button-stop"), callbacks.stop_mail(carried))
    await say(update, context, catalog.say("stop-ask"), [button])


async def stop(update: Update, context: Context) -> None:
    """Stop mail to the mailbox whose link was tapped, for good and whoever wants to send it."""
    desk = context.desk
    carried = context.matches[0][1] if context.matches else ""
    key = stops.stopped_by(desk.database.reader.vault, carried)
    if key is None:
        await prompts.offer_to_write(update, context, name="stale-press")
        return
    await desk.stop_list.add(key)
    async with desk.change(update) as (tx, _):
        await stops.stop(tx, key, desk.clock.now())
    await say(update, context, desk.catalog(update).say("stop-done"))
