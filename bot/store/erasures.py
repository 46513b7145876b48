"""Brings `bot.db` and the ledger together in what is erased: after a crash, in a copy put back.

What is erased in `bot.db` is committed there with the keys that are doomed by it; those are
destroyed next, and only then is anybody told. So whatever was said to be erased has no key any
more, and in a `bot.db` from before it, put back beside the ledger, it is erased anew.
"""

from datetime import datetime

from bot.store import erase_person, inbox, letters, owners
from bot.store.database import Database, Session, Transaction

BATCH = 200
"""How many destroyed keys are looked at in one transaction."""


async def catch_up(database: Database, now: datetime) -> None:
    """Destroy the keys of what is erased, and erase what has no key any more. Raises StoreError."""
    while doomed := await owners.doomed(database.reader, most=BATCH):
        await database.ledger.destroy(doomed)
        async with database.transaction() as tx:
            await owners.forget_doomed(tx, doomed)
    done = await _done(database.reader)
    if done > await database.ledger.run(lambda file: file.last_erased()):
        done = 0  # an older ledger was put back
    while erased := await _erased_after(database, done):
        done = erased[-1][0]
        async with database.transaction() as tx:
            for _, key_id in erased:
                await _erase(tx, key_id, now)
            await inbox.forget_unreadable(tx)
            await tx.run("UPDATE pairing SET erased_to = :done WHERE id = 1", done=done)


async def _erased_after(database: Database, seq: int) -> list[tuple[int, int]]:
    return await database.ledger.run(lambda file: file.erased_after(seq, BATCH))


async def _done(session: Session) -> int:
    row = await session.row("SELECT erased_to FROM pairing WHERE id = 1")
    return int(row["erased_to"])


async def _erase(tx: Transaction, key_id: int, now: datetime) -> None:
    person_id = await owners.person_with(tx, key_id)
    if person_id is not None:
        await erase_person.erase(tx, person_id, update_id=0)
    for letter_id in await owners.letters_with(tx, key_id):
        await letters.erase_text(tx, letter_id, now)
