"""No more mail to an address, by the wish of whoever reads it. A link alone changes nothing."""

from telegram import Update

from bot import callbacks
from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.presses import carried
from bot.chat.speech import say
from bot.store import stops

LINK_PATTERN = r"^/start s([A-Za-z0-9_-]+)$"


async def ask_whether(update: Update, context: Context) -> None:
    """Ask whether mail should stop, as a scanner that opens links can't answer."""
    catalog = context.desk.catalog(update)
    if _mailbox(context) is None:
        await prompts.offer_to_write(update, context, name="link-unknown")
        return
    button = (catalog.say("button-stop"), callbacks.stop_mail(carried(context)))
    await say(update, context, catalog.say("stop-ask"), [button])


async def stop(update: Update, context: Context) -> None:
    """Stop mail to the mailbox whose link was tapped, for good and whoever wants to send it.

    Nothing is kept of who did, who may be no user of this bot.
    """
    desk, key = context.desk, _mailbox(context)
    if key is None:
        await prompts.offer_to_write(update, context, name="stale-press")
        return
    await desk.stop_list.add(key)
    async with desk.database.transaction() as tx:
        await stops.stop(tx, key, desk.clock.now())
    await say(update, context, desk.catalog(update).say("stop-done"))


def _mailbox(context: Context) -> str | None:
    return stops.stopped_by(context.desk.database.reader.vault, carried(context))
