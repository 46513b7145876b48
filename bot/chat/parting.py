"""After its last reminder a letter is kept, or its words are let go of."""

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.presses import carried
from bot.chat.sender import sender
from bot.chat.speech import say
from bot.chat.traces import leave_none
from bot.store import burning, inbox


async def keep(update: Update, context: Context) -> None:
    """Say that the letter stays."""
    desk = context.desk
    brought = await burning.brought(desk.database.reader, carried(context), owner=sender(update).id)
    if brought is None:
        await prompts.offer_to_write(update, context, name="stale-press")
    elif brought.burned:
        await say(update, context, desk.catalog(update).say("letter-gone-already"))
    elif desk.retention is not None:
        text = desk.catalog(update).count("letter-kept-for", desk.retention.days)
        await say(update, context, text)
    else:
        await say(update, context, desk.catalog(update).say("letter-kept"))


async def let_go(update: Update, context: Context) -> None:
    """Burn the letter's words. The press itself quotes them, so it isn't kept for a replay."""
    desk = context.desk
    async with desk.database.transaction() as tx:
        brought = await burning.brought(tx, carried(context), owner=sender(update).id)
        if brought is not None:
            await burning.burn(tx, brought.letter_id, desk.clock.now())
            await inbox.mark_handled(tx, update.update_id)
    if brought is None:
        await prompts.offer_to_write(update, context, name="stale-press")
        return
    await leave_none(desk.database)
    await say(update, context, desk.catalog(update).say("letter-let-go"))
