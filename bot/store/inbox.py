"""Updates received from Telegram: kept before they are confirmed, handled once."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.botapi.wire import WireUpdate, origin_of
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.forgetting import forget_some
from bot.store.key_reader import STORE_KEY
from bot.store.owners import key_of_chat
from bot.store.vault import Cell, Undecipherable, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUpdate:
    """An update not yet handled to its end; `wire` is Telegram's JSON, read.

    `begun`: an earlier run had set about it apart from the others, and ended over it.
    """

    id: int
    wire: WireUpdate
    received_at: datetime
    begun: bool


async def receive(tx: Transaction, wires: Iterable[WireUpdate], now: datetime) -> set[int]:
    """Keep updates; returns the numbers of those that were never received before."""
    fresh = set()
    for wire in wires:
        row = await tx.one(
            "INSERT INTO updates (id, payload, received_at) VALUES (:id, :payload, :now)"
            " ON CONFLICT DO NOTHING RETURNING id",
            id=wire["update_id"],
            payload=await _kept(tx, wire["update_id"], wire),
            now=to_text(now),
        )
        if row is not None:
            fresh.add(row["id"])
    return fresh


async def mark_begun(tx: Transaction, update_id: int) -> None:
    """Note that an update which an earlier run left open is about to be handled."""
    await tx.run("UPDATE updates SET begun = 1 WHERE id = :id AND NOT handled", id=update_id)


async def clear_begun(tx: Transaction) -> None:
    """Note that this run ends in good order, whatever is still open."""
    await tx.run("UPDATE updates SET begun = 0 WHERE handled = 0 AND begun")


async def mark_handled(tx: Transaction, update_id: int) -> None:
    """Note, with the effect itself, that an update was handled; what it said is kept no longer."""
    await tx.run("UPDATE updates SET handled = 1, payload = NULL WHERE id = :id", id=update_id)


async def forget_person(tx: Transaction, person_id: int, update_id: int) -> None:
    """Forget what a person's updates said, up to the one being handled, and handle none again.

    Later ones are kept with another key, since theirs is destroyed.
    """
    for update in await left_open(tx):
        origin = origin_of(update.wire)
        if origin is None or origin.person_id != person_id:
            continue
        if update.id <= update_id:
            await mark_handled(tx, update.id)
        else:
            payload = await _kept(tx, update.id, update.wire)
            await tx.run(
                "UPDATE updates SET payload = :payload WHERE id = :id",
                id=update.id,
                payload=payload,
            )


async def forget_unreadable(tx: Transaction) -> None:
    """Handle no update any more whose person's key was destroyed."""
    for row in await _open(tx):
        if _read(row, tx.vault) is None:
            await mark_handled(tx, row["id"])


async def left_open(session: Session) -> list[OpenUpdate]:
    """Return what was received and not handled, in order of arrival."""
    found = (_read(row, session.vault) for row in await _open(session))
    return [update for update in found if update]


async def _open(session: Session) -> list[sqlite3.Row]:
    return await session.all("SELECT * FROM updates WHERE handled = 0 ORDER BY id")


def _read(row: sqlite3.Row, vault: Vault) -> OpenUpdate | None:
    """Return an update; None for one whose person's key was destroyed."""
    try:
        wire = json.loads(vault.decrypt(_cell_of(row["id"]), row["payload"]))
    except Undecipherable:
        return None
    return OpenUpdate(
        id=row["id"],
        wire=wire,
        received_at=from_text(row["received_at"]),
        begun=bool(row["begun"]),
    )


async def _kept(tx: Transaction, update_id: int, wire: WireUpdate) -> str:
    origin = origin_of(wire)
    key_id = await key_of_chat(tx, origin.person_id) if origin else STORE_KEY
    cell, content = _cell_of(update_id), json.dumps(wire)
    try:
        return tx.vault.encrypt(key_id, cell, content)
    except Undecipherable:  # their key is lost, which must make the bot deaf to nobody
        return tx.vault.encrypt(STORE_KEY, cell, content)


def _cell_of(update_id: int) -> Cell:
    return Cell("updates", "payload", update_id)


async def forget_before(tx: Transaction, moment: datetime) -> bool:
    """Forget handled updates that came before a moment; Telegram repeats none after a day.

    Some of them; returns whether there may be more.
    """
    return await forget_some(tx, "updates", "handled = 1 AND received_at < :moment", moment)
