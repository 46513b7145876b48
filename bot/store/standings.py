"""How a letter's reminders stand, as far as its own person may know."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.letters import Channel, State
from bot.store.database import Session, from_text
from bot.store.mailboxes import SUPPRESSED
from bot.store.outbox import STOPPED


class Standing(StrEnum):
    """How a delivery stands; the value names the message that says so."""

    ARRIVED = "standing-arrived"
    WAITING = "standing-waiting"
    PUT_OFF = "standing-put-off"
    UNCONFIRMED = "standing-unconfirmed"
    STOPPED = "standing-stopped"
    IN_DOUBT = "standing-in-doubt"
    REFUSED = "standing-refused"
    UNDELIVERED = "standing-undelivered"


TO_COME = {Standing.WAITING, Standing.PUT_OFF, Standing.UNCONFIRMED}
"""The standings of what may still come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A letter's reminder of one day on one channel."""

    day: int
    channel: Channel
    due_at: datetime
    standing: Standing


_LEGS = f"""
SELECT d.letter_id, d.day, d.channel, d.state, d.due_at, d.reason, d.doubts,
    a.confirmed_at IS NOT NULL AS confirmed, a.refused_at IS NOT NULL AS refused,
    a.confirmed_at IS NOT NULL AND {SUPPRESSED} AS stopped
FROM deliveries d JOIN letters l ON l.id = d.letter_id LEFT JOIN addresses a ON a.id = l.address_id
WHERE d.letter_id IN (SELECT value FROM json_each(:letters)) AND d.day IS NOT NULL
ORDER BY d.due_at, d.day, d.channel
"""


async def legs_of(session: Session, letter_ids: Iterable[int]) -> Mapping[int, list[Leg]]:
    """Return the deliveries of letters' reminders by letter, the first due first.

    That an address was stopped only who confirmed it may know: to others it isn't confirmed yet.
    """
    found = defaultdict[int, list[Leg]](list)
    for row in await session.all(_LEGS, letters=json.dumps(list(letter_ids))):
        found[row["letter_id"]].append(
            Leg(
                day=row["day"],
                channel=Channel(row["channel"]),
                due_at=from_text(row["due_at"]),
                standing=_standing(row),
            )
        )
    return found


_YET_TO_GO = {State.HELD, State.DUE, State.CLAIMED, State.RETRY}


def _standing(row: sqlite3.Row) -> Standing:
    state = State(row["state"])
    if state in _YET_TO_GO and row["stopped"] and row["channel"] == Channel.EMAIL:
        return Standing.STOPPED
    match state:
        case State.SENT:
            return Standing.ARRIVED
        case State.HELD:
            return Standing.REFUSED if row["refused"] else Standing.UNCONFIRMED
        case State.RETRY:
            return Standing.PUT_OFF
        case State.FAILED:
            return _failed(row)
        case _:
            return Standing.WAITING


def _failed(row: sqlite3.Row) -> Standing:
    if row["reason"] == STOPPED:
        return Standing.STOPPED if row["confirmed"] else Standing.UNCONFIRMED
    if row["doubts"]:
        return Standing.IN_DOUBT
    by_mail = row["channel"] == Channel.EMAIL
    return Standing.REFUSED if by_mail else Standing.UNDELIVERED
