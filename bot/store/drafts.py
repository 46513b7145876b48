"""Letters in the making: one per person, and the state of their conversation."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.letters import flaw_of
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.vault import Vault
from bot.text import MESSAGE_LIMIT, Words, utf16_length

DRAFT_LIMIT = 65_536
"""Bytes that a draft's parts may take as they are kept, before encryption.

Any letter fits, and twice as much of most: what is too long can be made shorter by edits.
"""


class Step(StrEnum):
    """What the conversation waits for."""

    WORDS = "words"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message that brought words; Telegram's apps cut a long paste into several.

    `let_go` is the length of words that were too many to keep, in UTF-16 code units.
    """

    message_id: int
    sent_at: datetime
    words: Words
    let_go: int = 0

    @property
    def size(self) -> int:
        """Return its length in UTF-16 code units, as Telegram's apps count when they cut."""
        return utf16_length(self.words.text) + self.let_go

    def to_dict(self) -> dict[str, str | int]:
        """Return the part as JSON can hold it."""
        return {
            "message_id": self.message_id,
            "sent_at": to_text(self.sent_at),
            "text": self.words.text,
            "entities": self.words.entities_to_json(),
            "let_go": self.let_go,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, str]) -> Self:
        """Build the part from what `to_dict` gave."""
        return cls(
            message_id=int(kept["message_id"]),
            sent_at=from_text(kept["sent_at"]),
            words=Words.from_json(kept["text"], kept["entities"]),
            let_go=int(kept.get("let_go", 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter in the making.

    `candidate` is an address typed but not yet settled on. With `replaces`, the address asked for
    is not this letter's: it takes the place of that one, for the letters sealed to it.
    """

    person_id: int
    step: Step = Step.WORDS
    parts: tuple[Part, ...] = ()
    candidate: str | None = None
    suggestion: str | None = None
    replaces: int | None = None
    resting: bool = False

    @property
    def words(self) -> Words:
        """Return the words of all parts, trimmed.

        A part that fills a whole message was cut inside a line, any other at the end of one.
        """
        joined: list[Words] = []
        for before, part in zip((None, *self.parts), self.parts, strict=False):
            if before is not None and before.size != MESSAGE_LIMIT:
                joined.append(Words("\n"))
            joined.append(part.words)
        return Words.joined(joined).trimmed()

    @property
    def overfull(self) -> bool:
        """Return whether its words were too many to keep, so that they must be sent anew."""
        return any(part.let_go for part in self.parts)

    @property
    def fit(self) -> bool:
        """Return whether its words can be sealed as they are."""
        return not self.overfull and flaw_of(self.words) is None

    def within_limit(self) -> Self:
        """Return the draft as it can be kept: one over `DRAFT_LIMIT` lets go of all its words.

        Only its last part is left, emptied, by which the rest of a paste is known.
        """
        if not self.overfull and len(_parts_to_json(self.parts)) <= DRAFT_LIMIT:
            return self
        last = self.parts[-1]
        return replace(self, parts=(replace(last, words=Words(""), let_go=max(last.size, 1)),))

    def has_part(self, message_id: int) -> bool:
        """Return whether that message brought some of the words."""
        return any(part.message_id == message_id and not part.let_go for part in self.parts)

    def with_edited(self, message_id: int, words: Words) -> Self:
        """Return the draft with one part's words replaced."""
        parts = (
            replace(part, words=words) if part.message_id == message_id else part
            for part in self.parts
        )
        return replace(self, parts=tuple(parts))

    @classmethod
    def from_row(cls, row: sqlite3.Row, vault: Vault) -> Self:
        """Build the record from a row of `drafts`. Raises LostKey."""
        return cls(
            person_id=row["person_id"],
            step=Step(row["step"]),
            parts=tuple(Part.from_dict(kept) for kept in json.loads(vault.decrypt(row["parts"]))),
            candidate=vault.decrypt_some(row["candidate"]),
            suggestion=vault.decrypt_some(row["suggestion"]),
            replaces=row["replaces"],
            resting=bool(row["resting"]),
        )


async def keep(tx: Transaction, draft: Draft, now: datetime) -> None:
    """Keep a draft in place of the person's earlier one, no larger than `DRAFT_LIMIT`."""
    await tx.run(
        "INSERT OR REPLACE INTO drafts"
        " (person_id, step, parts, candidate, suggestion, replaces, touched_at, resting)"
        " VALUES (:person, :step, :parts, :candidate, :suggestion, :replaces, :now, :resting)",
        person=draft.person_id,
        step=draft.step,
        parts=tx.vault.encrypt(_parts_to_json(draft.within_limit().parts)),
        candidate=tx.vault.encrypt_some(draft.candidate),
        suggestion=tx.vault.encrypt_some(draft.suggestion),
        replaces=draft.replaces,
        now=to_text(now),
        resting=draft.resting,
    )


async def discard(tx: Transaction, person_id: int) -> bool:
    """Throw a person's draft away; False when there was none."""
    row = await tx.one(
        "DELETE FROM drafts WHERE person_id = :person RETURNING person_id", person=person_id
    )
    return row is not None


async def draft_of(session: Session, person_id: int) -> Draft | None:
    """Return a person's draft."""
    row = await session.one("SELECT * FROM drafts WHERE person_id = :person", person=person_id)
    return Draft.from_row(row, session.vault) if row else None


async def row_of(session: Session, person_id: int) -> sqlite3.Row | None:
    """Return a person's draft with the address it is to replace, if there is one."""
    return await session.one(
        "SELECT d.touched_at, a.address FROM drafts d LEFT JOIN addresses a ON a.id = d.replaces"
        " WHERE d.person_id = :person",
        person=person_id,
    )


async def put_to_rest(tx: Transaction, idle_since: datetime) -> list[int]:
    """Put aside the drafts untouched since that moment; returns whose they are."""
    rows = await tx.all(
        "UPDATE drafts SET resting = 1 WHERE resting = 0 AND touched_at <= :moment"
        " RETURNING person_id",
        moment=to_text(idle_since),
    )
    return [row["person_id"] for row in rows]


def _parts_to_json(parts: Sequence[Part]) -> str:
    return json.dumps([part.to_dict() for part in parts])
