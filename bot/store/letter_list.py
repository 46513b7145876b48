"""A person's own letters with how they stand: a page of them, or one.

A letter is named by the message that brought it: unlike its number, that is never another's later.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Answer, Answered
from bot.letters import Letter, Postscript
from bot.store import answers, postscripts
from bot.store.database import Session
from bot.store.letters import letter_of
from bot.store.standings import TO_COME, Leg, Standing, legs_of
from bot.store.vault import Undecipherable, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLetter:
    """A letter of a person's whose words are kept; `message_id` names it, `legs` by due time."""

    letter: Letter
    message_id: int
    address_id: int | None
    postscripts: tuple[Postscript, ...]
    answers: tuple[Answered, ...]
    legs: tuple[Leg, ...]

    @property
    def to_come(self) -> list[Leg]:
        """Return what of it may still come."""
        return [leg for leg in self.legs if leg.standing in TO_COME]

    @property
    def mail_may_come(self) -> bool:
        """Return whether mail of it goes, or goes anew, to another address: it was refused, say."""
        return bool(self.to_come) or any(leg.standing is Standing.REFUSED for leg in self.legs)

    @property
    def last_answer(self) -> Answer | None:
        """Return what was answered on the latest of its days that has an answer."""
        given = [each.answer for each in self.answers if each.answer]
        return given[-1] if given else None

    def next_at(self, now: datetime) -> datetime | None:
        """Return when it comes next; None if it doesn't, as far as is known."""
        overdue = (leg.due_at for leg in self.to_come if leg.standing is not Standing.UNCONFIRMED)
        return self.comes_at(now) or min(overdue, default=None)

    def comes_at(self, now: datetime) -> datetime | None:
        """Return when it comes on the next of its days that isn't there yet, if there is one."""
        return min((leg.due_at for leg in self.to_come if leg.due_at > now), default=None)


_KEPT = "FROM letters l WHERE person_id = :person AND burned_at IS NULL"
_WHOLE = f"l.*, {postscripts.OF_LETTER} AS postscripts, {answers.OF_LETTER} AS answers"


async def count(session: Session, person_id: int) -> int:
    """Return how many letters of a person's are kept."""
    row = await session.row(f"SELECT count(*) AS n {_KEPT}", person=person_id)
    return int(row["n"])


async def page(session: Session, person_id: int, *, start: int, size: int) -> list[OwnLetter]:
    """Return some of a person's letters, the newest first, from the one after `start` others on."""
    rows = await session.all(
        f"SELECT {_WHOLE} {_KEPT} ORDER BY id DESC LIMIT :size OFFSET :start",
        person=person_id,
        size=size,
        start=start,
    )
    return await _own(session, rows)


async def place(session: Session, person_id: int, message_id: int) -> int:
    """Return how many of a person's letters are newer than the one a message brought."""
    row = await session.row(
        f"SELECT count(*) AS n {_KEPT} AND id >"
        " (SELECT id FROM letters WHERE chat_id = :person AND message_id = :message)",
        person=person_id,
        message=message_id,
    )
    return int(row["n"])


async def find(session: Session, person_id: int, message_id: int) -> OwnLetter | None:
    """Return the letter that a person's message brought, if its words are kept."""
    rows = await session.all(
        f"SELECT {_WHOLE} {_KEPT} AND chat_id = :person AND message_id = :message",
        person=person_id,
        message=message_id,
    )
    found = await _own(session, rows)
    return found[0] if found else None


async def numbered(session: Session, person_id: int, letter_id: int) -> OwnLetter | None:
    """Return the letter of that number, if it is the person's and its words are kept."""
    rows = await session.all(
        f"SELECT {_WHOLE} {_KEPT} AND id = :id", person=person_id, id=letter_id
    )
    found = await _own(session, rows)
    return found[0] if found else None


async def _own(session: Session, rows: Iterable[sqlite3.Row]) -> list[OwnLetter]:
    rows = list(rows)
    legs = await legs_of(session, (row["id"] for row in rows))
    found = (_read(row, tuple(legs.get(row["id"], ())), session.vault) for row in rows)
    return [letter for letter in found if letter]


def _read(row: sqlite3.Row, legs: tuple[Leg, ...], vault: Vault) -> OwnLetter | None:
    """Return a letter; None for one whose key was destroyed, which is as good as erased."""
    try:
        return OwnLetter(
            letter=letter_of(row["id"], row, vault),
            message_id=row["message_id"],
            address_id=row["address_id"],
            postscripts=postscripts.read(row["postscripts"], vault),
            answers=answers.read(row["answers"], vault),
            legs=legs,
        )
    except Undecipherable:
        return None
