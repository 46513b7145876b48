"""Whose turn it is among those who wait for a confirmation mail.

Whoever asks waits behind those with a better claim to the same room: the fewer mails somebody had
lately the sooner it is their turn, and the longer they wait. A day is too short for that: twenty
accounts that ask daily for spellings of one mailbox, which takes three mails a day, would be before
its holder for ever. What is remembered longer goes when they erase themselves, and with it their
place.
"""

from datetime import datetime, timedelta

from bot.store.confirmation_caps import DAY
from bot.store.database import Session, to_text

REMEMBERED = timedelta(days=30)
"""How long it is known that somebody asked: for their place, and to tell late digits from wrong."""

BATCH = 10
"""How many waiting mails are looked at in one transaction."""

A_SWEEP = 500
"""How many are looked at in one sweep; the next is a minute away."""

_READY = """
    deliveries d INDEXED BY deliveries_waiting_in_turn
    WHERE d.state = 'held' AND d.kind = 'confirmation' AND d.reason = 'waiting'
    AND d.next_at <= :now
"""

TURNS = f"""
WITH ready AS (
    SELECT d.id, d.person_id, c.person_key, min(c.asked_at) AS asked_at
    FROM confirmations c JOIN {_READY} AND c.delivery_id = d.id GROUP BY d.id
),
had AS MATERIALIZED (
    SELECT person_key, max(
        (
            SELECT count(*) FROM confirmation_mails m
            WHERE m.person_key = who.person_key AND m.owed_at > :lately
        ),
        (
            SELECT count(*) FROM addresses own JOIN deliveries d ON d.address_id = own.id
            WHERE own.person_id = who.person_id AND d.kind = 'confirmation'
            AND d.reason IS NOT 'waiting' AND d.due_at > :remembered
        )
    ) AS mails
    FROM (SELECT person_key, max(person_id) AS person_id FROM ready GROUP BY person_key) who
)
SELECT id, row_number() OVER (PARTITION BY person_key ORDER BY asked_at, id) + had.mails AS turn
FROM ready JOIN had USING (person_key) ORDER BY turn, asked_at, id LIMIT :most
"""


async def turns(session: Session, now: datetime, *, most: int = A_SWEEP) -> list[int]:
    """Return the deliveries that may be let go now, in the order of their turns."""
    rows = await session.all(
        TURNS,
        now=to_text(now),
        lately=to_text(now - DAY),
        remembered=to_text(now - REMEMBERED),
        most=most,
    )
    return [row["id"] for row in rows]


async def are_few(session: Session, now: datetime) -> bool:
    """Return whether so few wait that whoever asks can see to them; a crowd is the sweep's."""
    rows = await session.all(
        f"SELECT 1 FROM {_READY} LIMIT :more", now=to_text(now), more=BATCH + 1
    )
    return len(rows) <= BATCH
