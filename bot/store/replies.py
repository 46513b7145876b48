"""Replies that are owed: committed with what they tell of, removed once Telegram has taken them.

They are the conversation's own outbox. Unlike deliveries they keep their order in each chat, wait
for no due time, name no person (the last one says that a person is erased), and leave no row.
"""

import json
import logging
import sqlite3
from dataclasses import asdict, dataclass, replace
from typing import Self

from bot.botapi.buttons import Button, Row
from bot.store import slots
from bot.store.database import Session, Transaction
from bot.store.owners import key_of_chat, next_number
from bot.store.unreadable import Unreadable, reading
from bot.store.vault import Cell, Vault
from bot.text import Words

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message in answer to somebody.

    `edits`: it takes the place of that message of the bot's, or is a new one if that can't be.
    `slot` names a place in the chat: it edits the message that stands there when it leaves, takes
    that place if there is none, and is said instead of what is still owed there. `reply_to` is the
    person's message that it answers, `silent` and `hint` are as in `bot.botapi.sending.send`.
    `closes` that place once it is said, and is never said as a new message in place of an edit.
    `document`: it comes with the file that /export hands over; `calendar` is the text of a calendar
    file that it comes with. `instead` is what is said where Telegram never takes it.
    """

    words: Words
    buttons: tuple[Row, ...] = ()
    edits: int | None = None
    slot: str | None = None
    closes: bool = False
    reply_to: int | None = None
    silent: bool = False
    hint: str | None = None
    document: bool = False
    calendar: str | None = None
    instead: str | None = None

    def to_json(self) -> str:
        """Return the reply as `from_json` reads it."""
        content = {
            "text": self.words.text,
            "entities": self.words.entities_to_json(),
            "buttons": [_row_to_json(row) for row in self.buttons],
            "edits": self.edits,
            "slot": self.slot,
            "closes": self.closes,
            "reply_to": self.reply_to,
            "silent": self.silent,
            "hint": self.hint,
            "document": self.document,
            "calendar": self.calendar,
            "instead": self.instead,
        }
        return json.dumps(content, ensure_ascii=True)

    @classmethod
    def from_json(cls, payload: str) -> Self:
        """Return the reply that `to_json` wrote, an earlier version's with less in it too."""
        kept = json.loads(payload)
        words = Words.from_json(kept.pop("text"), kept.pop("entities"))
        buttons = tuple(_row_from_json(row) for row in kept.pop("buttons"))
        return cls(words=words, buttons=buttons, **kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedReply:
    """A reply on its way; `doubts` counts the attempts that may have arrived."""

    id: int
    chat_id: int
    reply: Reply
    doubts: int = 0

    @classmethod
    def from_row(cls, row: sqlite3.Row, vault: Vault) -> Self:
        """Return the record of a row of `replies`. Raises Undecipherable."""
        return cls(
            id=row["id"],
            chat_id=row["chat_id"],
            reply=Reply.from_json(
                vault.decrypt(_cell_of(row["id"], row["chat_id"]), row["payload"])
            ),
            doubts=row["doubts"],
        )


async def add(tx: Transaction, chat_id: int, reply: Reply) -> OwedReply:
    """Owe a chat a reply."""
    slot = None
    if reply.slot is not None:
        slot = await slots.open_slot(tx, chat_id, reply.slot)
        await slots.cover_by_new(tx, slot)
        await tx.run("DELETE FROM replies WHERE slot = :slot AND NOT in_flight", slot=slot)
    elif reply.edits is None:
        await slots.cover(tx, chat_id)
    owed = OwedReply(id=await next_number(tx, "replies"), chat_id=chat_id, reply=reply)
    await tx.run(
        "INSERT INTO replies (id, chat_id, payload, slot) VALUES (:id, :chat, :payload, :slot)",
        id=owed.id,
        chat=chat_id,
        payload=await _kept(tx, owed),
        slot=slot,
    )
    return owed


async def end_flights(tx: Transaction) -> None:
    """Note that what was in flight when an earlier run ended may have arrived."""
    await tx.run("UPDATE replies SET in_flight = 0, doubts = doubts + 1 WHERE in_flight")


async def give_up_unreadable(tx: Transaction) -> None:
    """Owe no reply any more that can't be read back, and keep no other waiting for it."""
    rows = await tx.all("SELECT * FROM replies ORDER BY id")
    for reply_id in [row["id"] for row in rows if not _is_readable(row, tx.vault)]:
        logger.error("a reply can't be read and is given up", extra={"reply": reply_id})
        await tx.run("DELETE FROM replies WHERE id = :id", id=reply_id)


async def owed(session: Session) -> list[OwedReply]:
    """Return all that is owed, in order."""
    rows = await session.all("SELECT * FROM replies ORDER BY id")
    return [OwedReply.from_row(row, session.vault) for row in rows]


async def depart(tx: Transaction, owed: OwedReply) -> OwedReply | None:
    """Note that a reply is about to leave; returns it with the message that it edits, if any.

    None if it isn't owed any more: another is said in its place, or its person is erased.
    """
    row = await tx.one(
        "UPDATE replies SET in_flight = 1 WHERE id = :id"
        " RETURNING (SELECT s.message_id FROM slots s WHERE s.id = slot) AS message_id",
        id=owed.id,
    )
    if row is None or owed.reply.slot is None:
        return owed if row else None
    return replace(owed, reply=replace(owed.reply, edits=row["message_id"]))


async def land(tx: Transaction, owed: OwedReply, message_id: int | None) -> None:
    """Owe a reply no longer that has arrived as a message, which keeps the reply's place."""
    if owed.reply.slot is not None:
        await tx.run(
            "UPDATE slots SET message_id = :message"
            " WHERE id = (SELECT slot FROM replies WHERE id = :id)",
            id=owed.id,
            message=message_id,
        )
    await remove(tx, owed)


async def mark_landed(tx: Transaction, reply_id: int, *, doubt: bool) -> None:
    """Note that an attempt has ended, and whether it may have arrived all the same."""
    await tx.run(
        "UPDATE replies SET in_flight = 0, doubts = doubts + :doubt WHERE id = :id",
        id=reply_id,
        doubt=doubt,
    )


async def say_anew(tx: Transaction, owed: OwedReply) -> None:
    """Owe something else, said for the first time, in place of an edit that can't be."""
    await tx.run(
        "UPDATE replies SET payload = :payload, in_flight = 0, doubts = :doubts WHERE id = :id",
        id=owed.id,
        payload=await _kept(tx, owed),
        doubts=owed.doubts,
    )
    await tx.run(
        "UPDATE slots SET message_id = NULL WHERE id = (SELECT slot FROM replies WHERE id = :id)",
        id=owed.id,
    )


async def remove(tx: Transaction, owed: OwedReply) -> None:
    """Owe a reply no longer."""
    if owed.reply.closes:
        await tx.run(
            "DELETE FROM slots WHERE id = (SELECT slot FROM replies WHERE id = :id)", id=owed.id
        )
    await tx.run("DELETE FROM replies WHERE id = :id", id=owed.id)


async def forget_chat(tx: Transaction, chat_id: int) -> None:
    """Owe a chat nothing any more."""
    await tx.run("DELETE FROM replies WHERE chat_id = :chat", chat=chat_id)


async def texts_owed(session: Session, chat_id: int) -> list[str]:
    """Return what a chat is still to be told, for its person's export."""
    rows = await session.all(
        "SELECT * FROM replies WHERE chat_id = :chat ORDER BY id", chat=chat_id
    )
    return [OwedReply.from_row(row, session.vault).reply.words.text for row in rows]


def _is_readable(row: sqlite3.Row, vault: Vault) -> bool:
    try:
        with reading():
            OwedReply.from_row(row, vault)
    except Unreadable:
        return False
    return True


async def _kept(tx: Transaction, owed: OwedReply) -> str:
    key_id = await key_of_chat(tx, owed.chat_id)
    return tx.vault.encrypt(key_id, _cell_of(owed.id, owed.chat_id), owed.reply.to_json())


def _cell_of(reply_id: int, chat_id: int) -> Cell:
    return Cell("replies", "payload", f"{reply_id}/{chat_id}")


def _row_to_json(row: Row) -> object:
    return asdict(row) if isinstance(row, Button) else [asdict(button) for button in row]


def _row_from_json(kept: dict[str, str] | list[dict[str, str]]) -> Row:
    """Return a row; an earlier version kept each button as a row of its own."""
    return Button(**kept) if isinstance(kept, dict) else tuple(Button(**each) for each in kept)
