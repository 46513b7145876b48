"""What is kept of a person: told, handed over, erased."""

from datetime import UTC, datetime, timedelta

from telegram import Update

from bot import callbacks
from bot.chat.desk import Context
from bot.chat.presses import number_carried
from bot.chat.sender import sender
from bot.chat.speech import hand_over, say
from bot.chat.traces import leave_none
from bot.store import erasing, exporting

ERASE_LIFE = timedelta(hours=1)
"""How long the button to erase everything works; an old one must not be pressed by accident."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def statement(update: Update, context: Context) -> None:
    """Say what is kept, why, how long, and who can read it."""
    desk, catalog = context.desk, context.desk.catalog(update)
    if desk.retention is None:
        kept_for = catalog.say("privacy-kept")
    else:
        kept_for = catalog.count("privacy-kept-for", desk.retention.days)
    at_rest = catalog.say("privacy-encrypted" if desk.encrypted else "privacy-plain")
    await say(update, context, catalog.say("privacy", kept_for=kept_for, at_rest=at_rest))


async def export(update: Update, context: Context) -> None:
    """Hand over everything that is kept about the sender, as one file."""
    desk, catalog = context.desk, context.desk.catalog(update)
    now = desk.clock.now()
    async with desk.database.transaction() as tx:
        document = await exporting.export(tx, sender(update).id, now)
    if document is None:
        await say(update, context, catalog.say("nothing-kept"))
        return
    name = f"slow-mailbox-{now.astimezone(desk.zone):%Y-%m-%d}.json"
    if not await hand_over(update, context, document, name, catalog.say("export")):
        await say(update, context, catalog.say("export-failed"))


async def ask_whether(update: Update, context: Context) -> None:
    """Ask whether everything should be erased, and say what goes."""
    desk, catalog = context.desk, context.desk.catalog(update)
    if await erasing.met_at(desk.database.reader, sender(update).id) is None:
        await say(update, context, catalog.say("nothing-kept"))
        return
    button = (catalog.say("button-delete"), callbacks.erase(_microseconds(desk.clock.now())))
    await say(update, context, catalog.say("delete-ask"), [button])


async def erase(update: Update, context: Context) -> None:
    """Erase everything of the sender's.

    A button from before they were last met is for what is gone already, one pressed late may be an
    accident: both only ask again.
    """
    desk, person_id = context.desk, sender(update).id
    met_at = await erasing.met_at(desk.database.reader, person_id)
    now = desk.clock.now()
    if met_at is None or number_carried(context) < _microseconds(max(met_at, now - ERASE_LIFE)):
        await ask_whether(update, context)
        return
    async with desk.database.transaction() as tx:
        await erasing.erase(tx, person_id, update.update_id)
    await leave_none(desk.database)
    await say(update, context, desk.catalog(update).say("delete-done"))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
