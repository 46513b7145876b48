"""Mailboxes whose holders want no mail from here; kept longer than people's data and backups.

A suppression ends in one last mail, which carries the link that lifts it. It goes to an address
that somebody has confirmed; to no other does anything go but confirmations.
"""

import sqlite3
from datetime import datetime
from enum import StrEnum

from bot.letters import Channel
from bot.messages.address_wanted import AddressStopped
from bot.messages.suppression_notice import SuppressionNotice
from bot.store import dropping, forgotten_addresses, outbox
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.ledger_suppressions import Entry
from bot.store.mailboxes import SUPPRESSED, legacy_key, mailbox_key
from bot.store.outbox import NewDelivery
from bot.store.suppression_links import LiftLink, Source, StopLink


class Standing(StrEnum):
    """How a mailbox stands; the value names the message that says so to whoever taps its link."""

    OPEN = "stop-ask"
    OUTDATED = "stop-outdated"
    """Its holder allowed mail again after the link was made, which stops it no more."""
    SUPPRESSED = "stop-already"
    UNNOTIFIED = "stop-unnotified"
    """Suppressed, and no mail that can lift it was owed yet."""
    LIFTABLE = "lift-ask"
    """Suppressed, nobody has confirmed it, and the link is a confirmation's: its holder's."""


class Lifting(StrEnum):
    """What a last mail's link can do; the value names the message that says so."""

    POSSIBLE = "lift-ask"
    OUTDATED = "lift-outdated"
    """Its holder stopped mail again after that mail; a newer one has the link."""
    NOT_NEEDED = "lift-not-needed"


async def is_suppressed(session: Session, address: str) -> bool:
    """Return whether an address's holder wants no mail."""
    row = await session.row(
        f"SELECT {SUPPRESSED} AS suppressed FROM"
        " (SELECT :mailbox AS mailbox_key, :legacy AS legacy_key) a",
        mailbox=mailbox_key(session.vault, address),
        legacy=legacy_key(session.vault, address),
    )
    return bool(row["suppressed"])


async def is_key_suppressed(session: Session, key: str) -> bool:
    """Return whether the mailbox of that key is suppressed, by itself."""
    row = await session.one(
        "SELECT 1 FROM suppressions WHERE mailbox_key = :key AND lifted_at IS NULL", key=key
    )
    return row is not None


async def standing(session: Session, link: StopLink) -> Standing:
    """Return how the mailbox that a link to stop mail is for stands."""
    if not await is_key_suppressed(session, link.key):
        outdated = await _is_lifted_since(session, link.key, link)
        return Standing.OUTDATED if outdated else Standing.OPEN
    row = await session.row(
        "SELECT count(*) AS confirmed, total(s.notified_at IS NULL) AS unnotified"
        " FROM addresses a LEFT JOIN suppressions s USING (mailbox_key)"
        f" WHERE a.{_column(link)} = :key AND a.confirmed_at IS NOT NULL",
        key=link.key,
    )
    if row["unnotified"]:
        return Standing.UNNOTIFIED
    if row["confirmed"] or link.source is Source.REMINDER or await _was_confirmed(session, link):
        return Standing.SUPPRESSED
    return Standing.LIFTABLE


async def lifting(session: Session, link: LiftLink) -> Lifting:
    """Return whether a last mail's link lifts a suppression: one that is older than that mail."""
    row = await session.one(
        "SELECT suppressed_at, undated FROM suppressions"
        " WHERE mailbox_key = :key AND lifted_at IS NULL",
        key=link.key,
    )
    if row is None:
        return Lifting.NOT_NEEDED
    outdated = not row["undated"] and link.is_older_than(from_text(row["suppressed_at"]))
    return Lifting.OUTDATED if outdated else Lifting.POSSIBLE


async def stopped_by(session: Session, link: StopLink) -> list[str]:
    """Return the keys that a link's press suppresses.

    One of an earlier version's is as wide as it was. Each mailbox under it that was confirmed is
    suppressed by itself too, so that its holder can lift that. What was lifted since the link was
    made is left out, or whoever was forwarded a mail once could stop it again and again.
    """
    keys = [link.key, *await _confirmed_under(session, link)]
    return [key for key in keys if not await _is_lifted_since(session, key, link)]


async def _confirmed_under(session: Session, link: StopLink) -> list[str]:
    if link.source is not Source.LEGACY:
        return []
    rows = await session.all(
        "SELECT DISTINCT mailbox_key FROM addresses"
        " WHERE legacy_key = :key AND confirmed_at IS NOT NULL ORDER BY mailbox_key",
        key=link.key,
    )
    return [row["mailbox_key"] for row in rows]


async def _is_lifted_since(session: Session, key: str, link: StopLink) -> bool:
    row = await session.one(
        "SELECT lifted_at FROM suppressions WHERE mailbox_key = :key AND lifted_at IS NOT NULL",
        key=key,
    )
    return row is not None and link.is_older_than(from_text(row["lifted_at"]))


async def follow(tx: Transaction, entry: Entry, now: datetime) -> None:
    """Let a mailbox stand as it does in the ledger; if it does already, nothing changes."""
    known = await _known(tx, entry.key)
    if known == entry:
        return
    if known is None or known.lifted_at or known.suppressed_at != entry.suppressed_at:
        since, undated = entry.suppressed_at, entry.suppressed_at is None
        await suppress(tx, entry.key, from_text(since) if since else now, undated=undated)
    if entry.lifted_at:
        await lift(tx, entry.key, from_text(entry.lifted_at))


async def suppress(tx: Transaction, key: str, now: datetime, *, undated: bool = False) -> None:
    """Send no mail to a mailbox any more.

    `undated`: it isn't known since when, so that any link to lift it does.
    """
    await tx.run(
        "INSERT OR REPLACE INTO suppressions (mailbox_key, suppressed_at, undated)"
        " VALUES (:key, :now, :undated)",
        key=key,
        now=to_text(now),
        undated=undated,
    )
    await outbox.hold_confirmations(tx, key)


async def notify(tx: Transaction, key: str, now: datetime) -> bool:
    """Owe a suppressed mailbox the one mail that says so; False for one that nobody confirmed."""
    address = await tx.one(
        "SELECT id, person_id FROM addresses WHERE mailbox_key = :key"
        " AND confirmed_at IS NOT NULL ORDER BY used_at DESC, id DESC LIMIT 1",
        key=key,
    )
    if address is None:
        return False
    first = await tx.one(
        "UPDATE suppressions SET notified_at = :now WHERE mailbox_key = :key"
        " AND lifted_at IS NULL AND notified_at IS NULL RETURNING suppressed_at",
        key=key,
        now=to_text(now),
    )
    if first is not None:
        notice = NewDelivery(
            key=f"{SuppressionNotice.kind}:{key}:{first['suppressed_at']}",
            kind=SuppressionNotice.kind,
            channel=Channel.EMAIL,
            person_id=address["person_id"],
            address_id=address["id"],
            due_at=now,
        )
        await outbox.add(tx, notice)
    return True


async def note_heard(tx: Transaction, key: str, person_id: int, now: datetime) -> None:
    """Note that a person knows that a mailbox of theirs is suppressed: no word of it follows."""
    rows = await tx.all(
        "SELECT id, max(used_at, coalesce(accepted_at, '')) AS since FROM addresses"
        " WHERE person_id = :person AND mailbox_key = :key AND confirmed_at IS NOT NULL",
        person=person_id,
        key=key,
    )
    for row in rows:
        word = NewDelivery(
            key=outbox.key_of_note(AddressStopped.kind, row["id"], row["since"]),
            kind=AddressStopped.kind,
            channel=Channel.CHAT,
            person_id=person_id,
            address_id=row["id"],
            due_at=now,
        )
        await outbox.note_told(tx, await outbox.add(tx, word), now)


async def lift(tx: Transaction, key: str, now: datetime) -> bool:
    """Allow mail to a mailbox again, once it is confirmed anew; False if it was allowed already.

    Letters to it wait for that; those that failed for the suppression do again.
    """
    lifted = await tx.one(
        "UPDATE suppressions SET lifted_at = :now WHERE mailbox_key = :key AND lifted_at IS NULL"
        " RETURNING mailbox_key",
        key=key,
        now=to_text(now),
    )
    if lifted is None:
        return False
    rows = await tx.all(
        "UPDATE addresses SET confirmed_at = NULL, refused_at = NULL, refusals = 0,"
        " refused_day = NULL WHERE mailbox_key = :key"
        " OR (legacy_key = :key AND mailbox_key NOT IN (SELECT mailbox_key FROM suppressions))"
        " RETURNING id",
        key=key,
    )
    for row in rows:
        await outbox.hold(tx, row["id"])
        await outbox.hold_stopped(tx, row["id"])
        await dropping.drop_word(tx, row["id"], SuppressionNotice.kind)
    return True


async def known(session: Session) -> dict[str, Entry]:
    """Return how all mailboxes are known that are suppressed or were, by their keys."""
    rows = await session.all("SELECT * FROM suppressions")
    return {row["mailbox_key"]: _entry(row) for row in rows}


async def keys(session: Session) -> set[str]:
    """Return the keys of all suppressed mailboxes."""
    return {key for key, entry in (await known(session)).items() if entry.lifted_at is None}


async def _known(session: Session, key: str) -> Entry | None:
    row = await session.one("SELECT * FROM suppressions WHERE mailbox_key = :key", key=key)
    return _entry(row) if row else None


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        key=row["mailbox_key"],
        suppressed_at=None if row["undated"] else row["suppressed_at"],
        lifted_at=row["lifted_at"],
    )


async def _was_confirmed(session: Session, link: StopLink) -> bool:
    legacy = link.source is Source.LEGACY
    return await forgotten_addresses.was_confirmed(session, link.key, legacy=legacy)


def _column(link: StopLink) -> str:
    return "legacy_key" if link.source is Source.LEGACY else "mailbox_key"
