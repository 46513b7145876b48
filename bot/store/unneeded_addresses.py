"""Forgets the addresses that nobody needs any more, but for their keys.

Those are one that isn't confirmed once no letter waits for that, and one whose mailbox's holder
wants no mail. Of an unconfirmed one it makes no difference whether its mailbox wants mail: its
person would learn that.
"""

from datetime import datetime

from bot.store import (
    addresses,
    confirmation_queue,
    dropping,
    forgotten_addresses,
    reminders,
)
from bot.store.database import Transaction, to_text

BATCH = 200
"""How many addresses are looked at in one transaction."""

FORGOTTEN_AT_ONCE = 3
"""How many of them are forgotten in it, with a dozen statements each."""

# The newest stays, or its number would be another's later. A suppression that nobody was mailed
# about can't be lifted without an address that was confirmed.
MAYBE_UNNEEDED = """
SELECT a.id, CASE
    WHEN a.id = (SELECT max(id) FROM addresses)
        OR EXISTS (SELECT 1 FROM drafts WHERE replaces = a.id)
        OR EXISTS (SELECT 1 FROM deliveries d WHERE d.address_id = a.id AND d.state = 'in_flight')
        OR EXISTS (
            SELECT 1 FROM letters l JOIN deliveries d ON d.letter_id = l.id
            WHERE l.address_id = a.id AND d.channel = 'email' AND d.state = 'in_flight'
        )
        THEN :now
    WHEN a.confirmed_at IS NULL THEN max(a.used_at, coalesce(s.lifted_at, ''), coalesce((
            SELECT max(c.asked_at) FROM confirmations c WHERE c.address_id = a.id
        ), ''), coalesce((
            SELECT max(min(d.due_at, :now)) FROM letters l JOIN deliveries d ON d.letter_id = l.id
            WHERE l.address_id = a.id AND l.burned_at IS NULL AND d.channel = 'email'
            AND d.state IN ('held', 'due', 'claimed', 'retry')
        ), ''))
    WHEN s.lifted_at IS NULL AND s.notified_at IS NOT NULL THEN max(a.used_at, s.suppressed_at)
    ELSE :now
END AS needed_until
FROM addresses a LEFT JOIN suppressions s USING (mailbox_key)
WHERE max(a.used_at, a.needed_until) < :before
ORDER BY max(a.used_at, a.needed_until) LIMIT :batch
"""


async def forget(tx: Transaction, before: datetime, now: datetime) -> bool:
    """Forget addresses that were needed last before a moment; returns whether there may be more.

    One that was still needed later is looked at again when that is as long ago. Its letters come
    in the chat alone.
    """
    rows = await tx.all(MAYBE_UNNEEDED, before=to_text(before), now=to_text(now), batch=BATCH)
    unneeded = [row["id"] for row in rows if row["needed_until"] < to_text(before)]
    needed = {row["id"]: row["needed_until"] for row in rows if row["id"] not in unneeded}
    await addresses.note_needed(tx, needed)
    for address_id in unneeded[:FORGOTTEN_AT_ONCE]:
        await _forget(tx, address_id)
    return len(rows) == BATCH or len(unneeded) > FORGOTTEN_AT_ONCE


async def _forget(tx: Transaction, address_id: int) -> None:
    await forgotten_addresses.keep(tx, address_id)
    await confirmation_queue.drop(tx, address_id)
    await dropping.forget_address(tx, address_id)
    await reminders.withdraw(tx, address_id)
    await addresses.forget(tx, address_id)
