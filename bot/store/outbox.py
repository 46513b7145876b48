"""The outbox: every delivery, from the moment it is owed until it is sent or given up.

Here is what anyone may do: owe, hold, release; `dropping` drops. What only a lane may do is in
`claims`.
"""

import json
import secrets
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.letters import Channel, State
from bot.messages.message import Note
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.mailboxes import SUPPRESSED
from bot.store.owners import key_of_person
from bot.store.vault import Cell, Vault

STOPPED = "stopped"
"""The reason of a mail that isn't sent because its address's holder wants none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery to be owed; a second one of the same `key` adds nothing.

    `kind` is its message's, `params` what a note has to tell, `reason` why it is held.
    """

    key: str
    kind: str
    channel: Channel
    person_id: int
    due_at: datetime
    letter_id: int | None = None
    address_id: int | None = None
    day: int | None = None
    held: bool = False
    reason: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A note that was owed to somebody."""

    kind: str
    params: Mapping[str, str]
    at: datetime


async def add(tx: Transaction, new: NewDelivery) -> int:
    """Owe a delivery, or one day if it is held; returns its id."""
    token = secrets.token_hex(16)
    await tx.run(
        "INSERT INTO deliveries (key, kind, channel, person_id, letter_id, address_id, day,"
        " params, due_at, next_at, token, state, reason)"
        " VALUES (:key, :kind, :channel, :person, :letter, :address, :day, :params,"
        " :due, :due, :token, :state, :reason) ON CONFLICT (key) DO NOTHING",
        key=new.key,
        kind=new.kind,
        channel=new.channel,
        person=new.person_id,
        letter=new.letter_id,
        address=new.address_id,
        day=new.day,
        params=await _kept(tx, new, token),
        due=to_text(new.due_at),
        token=token,
        state=State.HELD if new.held else State.DUE,
        reason=new.reason,
    )
    tx.owes = True
    [row] = await tx.all("SELECT id FROM deliveries WHERE key = :key", key=new.key)
    return int(row["id"])


async def note_told(tx: Transaction, delivery_id: int, now: datetime) -> None:
    """Note that its person knows already what a delivery is to say."""
    await tx.run(
        "UPDATE deliveries SET state = 'sent', sent_at = :now WHERE id = :id AND state = 'due'",
        id=delivery_id,
        now=to_text(now),
    )


def key_of_note(kind: str, address_id: int | None, since: object) -> str:
    """Return the key of a note on an address, of which a person hears once.

    `since`: when its person last gave it, or it last took mail.
    """
    return f"{kind}:{address_id}:{since}"


async def tell(tx: Transaction, person_id: int, note: Note, key: object, at: datetime) -> None:
    """Owe a person a note in the chat; a second one of the same kind and key adds nothing."""
    new = NewDelivery(
        key=f"{note.kind}:{key}",
        kind=note.kind,
        channel=Channel.CHAT,
        person_id=person_id,
        due_at=at,
        params=note.params(),
    )
    await add(tx, new)


async def told(session: Session, person_id: int, kinds: Collection[str]) -> list[Told]:
    """Return the newest notes of these kinds that were owed to a person, the newest first."""
    rows = await session.all(
        "SELECT kind, person_id, token, params, due_at FROM deliveries WHERE person_id = :person"
        " AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY id DESC LIMIT 100",
        person=person_id,
        kinds=json.dumps(list(kinds)),
    )
    return [
        Told(
            kind=row["kind"],
            params=params_of(row, session.vault),
            at=from_text(row["due_at"]),
        )
        for row in rows
    ]


def params_of(row: sqlite3.Row, vault: Vault) -> dict[str, str]:
    """Return what a note has to tell, from its row of `deliveries`. Raises Undecipherable."""
    kept = vault.decrypt_some(_cell_of(row["token"], row["person_id"]), row["params"])
    params: dict[str, str] = json.loads(kept) if kept else {}
    return params


async def _kept(tx: Transaction, new: NewDelivery, token: str) -> str | None:
    if not new.params:
        return None
    key_id = await key_of_person(tx, new.person_id)
    text = json.dumps(dict(new.params), ensure_ascii=False)
    return tx.vault.encrypt(key_id, _cell_of(token, new.person_id), text)


def _cell_of(token: str, person_id: int) -> Cell:
    return Cell("deliveries", "params", f"{token}/{person_id}")


async def hold(tx: Transaction, address_id: int) -> None:
    """Hold the mails of the letters that go to an address, until it is confirmed.

    A claim is taken back; a mail in flight, which goes to where it was claimed for, isn't.
    """
    await tx.run(
        "UPDATE deliveries SET state = 'held', lease_until = NULL"
        " WHERE channel = 'email' AND state IN ('due', 'retry', 'claimed')"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )


async def hold_stopped(tx: Transaction, address_id: int) -> None:
    """Hold, until an address is confirmed, the mails of its letters that failed for being stopped.

    Those of letters whose words were erased since are left as they are.
    """
    await tx.run(
        "UPDATE deliveries SET state = 'held', failures = 0, reason = NULL, failed_at = NULL"
        " WHERE channel = 'email' AND state = 'failed' AND reason = :stopped AND letter_id IN"
        " (SELECT id FROM letters WHERE address_id = :address AND burned_at IS NULL)",
        stopped=STOPPED,
        address=address_id,
    )


async def withhold(tx: Transaction, delivery_id: int) -> None:
    """Hold a mail that didn't go and must not now; a notice that nobody needs any more is dropped.

    That is a letter's whose address isn't a confirmed one any more, and a confirmation to a mailbox
    that was suppressed meanwhile. A letter's to such a mailbox is claimed once more, and fails.
    """
    await tx.run(
        "UPDATE deliveries SET state = 'held', lease_until = NULL,"
        " reason = iif(kind = 'confirmation', :stopped, reason)"
        " WHERE id = :id AND channel = 'email' AND state IN ('retry', 'claimed') AND EXISTS"
        " (SELECT 1 FROM addresses a LEFT JOIN letters l ON l.address_id = a.id"
        "  WHERE (l.id = deliveries.letter_id AND a.confirmed_at IS NULL)"
        f"  OR (a.id = deliveries.address_id AND kind = 'confirmation' AND {SUPPRESSED}))",
        id=delivery_id,
        stopped=STOPPED,
    )
    await tx.run(
        "UPDATE deliveries SET state = 'retry', lease_until = NULL"
        " WHERE id = :id AND channel = 'email' AND state = 'claimed' AND EXISTS"
        " (SELECT 1 FROM addresses a JOIN letters l ON l.address_id = a.id"
        f"  WHERE l.id = deliveries.letter_id AND {SUPPRESSED})",
        id=delivery_id,
    )
    await tx.run(
        "DELETE FROM deliveries WHERE id = :id AND kind = 'suppression-notice'"
        " AND state IN ('retry', 'claimed') AND EXISTS"
        f" (SELECT 1 FROM addresses a WHERE a.id = address_id AND NOT {SUPPRESSED})",
        id=delivery_id,
    )


async def hold_confirmations(tx: Transaction, mailbox_key: str) -> None:
    """Hold the confirmation mails to a mailbox that haven't left."""
    await tx.run(
        "UPDATE deliveries SET state = 'held', lease_until = NULL, reason = :stopped"
        " WHERE kind = 'confirmation' AND state IN ('due', 'retry', 'claimed') AND address_id IN"
        " (SELECT id FROM addresses WHERE mailbox_key = :key OR legacy_key = :key)",
        key=mailbox_key,
        stopped=STOPPED,
    )


async def release(tx: Transaction, address_id: int) -> None:
    """Owe the mails that were held until an address was confirmed."""
    await tx.run(
        "UPDATE deliveries SET state = 'due' WHERE channel = 'email' AND state = 'held'"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )
    tx.owes = True


async def owe_anew(tx: Transaction, address_id: int, now: datetime) -> None:
    """Owe once more the mails that failed for certain and whose letters go to an address."""
    await tx.run(
        "UPDATE deliveries SET state = 'due', next_at = :now, failures = 0, unjudged = 0,"
        " reason = NULL, failed_at = NULL"
        " WHERE channel = 'email' AND state = 'failed' AND doubts = 0 AND letter_id IN"
        " (SELECT id FROM letters WHERE address_id = :address AND burned_at IS NULL)",
        now=to_text(now),
        address=address_id,
    )
    tx.owes = True


def next_day_after(letter_id: str, day: str) -> str:
    """Return the expression for the day on which a letter comes back next, NULL for none."""
    return (
        "(SELECT min(later.day) FROM deliveries later"
        f" WHERE later.letter_id = {letter_id} AND later.day > {day}"
        " AND later.state IN ('due', 'claimed', 'retry'))"
    )


async def next_day(session: Session, letter_id: int, *, after: int) -> int | None:
    """Return the day after that one on which a letter comes back next; None for none."""
    row = await session.row(
        f"SELECT {next_day_after(':letter', ':day')} AS day", letter=letter_id, day=after
    )
    return None if row["day"] is None else int(row["day"])


async def token_of_day(session: Session, letter_id: int, day: int) -> str | None:
    """Return the token of what brings a letter into the chat on a day; None where nothing does."""
    row = await session.one(
        "SELECT token FROM deliveries WHERE letter_id = :letter AND day = :day"
        " AND channel = :channel",
        letter=letter_id,
        day=day,
        channel=Channel.CHAT,
    )
    return row["token"] if row else None


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return a person's deliveries with the address each goes to, the first due first."""
    return await session.all(
        "SELECT d.*, a.address FROM deliveries d LEFT JOIN addresses a ON a.id = d.address_id"
        " WHERE d.person_id = :person ORDER BY d.due_at, d.id",
        person=person_id,
    )


async def next_due(session: Session) -> datetime | None:
    """Return the moment at which the next waiting delivery falls due."""
    row = await session.one(
        "SELECT min(next_at) AS moment FROM deliveries WHERE state IN ('due', 'retry')"
    )
    return from_text(row["moment"]) if row and row["moment"] else None
