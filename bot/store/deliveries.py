"""A delivery as it is read from the outbox, with whom it is for and what it brings."""

import json
import sqlite3
from zoneinfo import ZoneInfo

from bot.letters import Channel, Delivery, Kind, Letter
from bot.store.codes import code_of, link_token_of
from bot.store.database import Session, from_text
from bot.store.stops import unsubscribe_token
from bot.store.vault import LostKey, Vault
from bot.text import Words


class Unreadable(Exception):
    """A row holds something that can't be read back: it was damaged, or its key is gone."""


CLAIMED = """
SELECT d.*, p.language, p.blocked_at, a.id AS mail_to, a.address,
    EXISTS (SELECT 1 FROM stops s WHERE s.mailbox_key = a.mailbox_key) AS stopped,
    l.text, l.entities, l.zone, l.sealed_at,
    NOT EXISTS (
        SELECT 1 FROM deliveries later WHERE later.letter_id = d.letter_id AND later.day > d.day
    ) AS last
FROM deliveries d
JOIN people p ON p.id = d.person_id
LEFT JOIN letters l ON l.id = d.letter_id
LEFT JOIN addresses a ON a.id = coalesce(d.address_id, l.address_id)
WHERE d.id = :id
"""


async def delivery_of(session: Session, delivery_id: int) -> Delivery:
    """Return the delivery of that id. Raises Unreadable."""
    row = await session.one(CLAIMED, id=delivery_id)
    if row is None:
        raise Unreadable
    try:
        return _delivery(row, session.vault)
    except (LostKey, ValueError, LookupError, TypeError):
        raise Unreadable from None


def _delivery(row: sqlite3.Row, vault: Vault) -> Delivery:
    address = vault.decrypt_some(row["address"])
    confirmation = row["kind"] == Kind.CONFIRMATION
    return Delivery(
        id=row["id"],
        kind=Kind(row["kind"]),
        channel=Channel(row["channel"]),
        person_id=row["person_id"],
        language=row["language"],
        blocked=row["blocked_at"] is not None,
        address_id=row["mail_to"],
        address=address,
        stopped=bool(row["stopped"]),
        unsubscribe_token=unsubscribe_token(vault, address) if address else None,
        code=code_of(vault, row["token"]) if confirmation else None,
        link_token=link_token_of(vault, row["token"]) if confirmation else None,
        letter=_letter(row, vault),
        day=row["day"],
        last=bool(row["last"]),
        due_at=from_text(row["due_at"]),
        token=row["token"],
        attempt=row["attempt"],
        failures=row["failures"],
        doubts=row["doubts"],
        parts_sent=row["parts_sent"],
        params=json.loads(row["facts"]),
    )


def _letter(row: sqlite3.Row, vault: Vault) -> Letter | None:
    if row["letter_id"] is None:
        return None
    return Letter(
        id=row["letter_id"],
        person_id=row["person_id"],
        words=Words.from_json(vault.decrypt(row["text"]), vault.decrypt(row["entities"])),
        zone=ZoneInfo(row["zone"]),
        sealed_at=from_text(row["sealed_at"]),
    )
