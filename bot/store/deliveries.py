"""A delivery as it is read from the outbox, with whom it is for and the message it brings."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.answers import Answer
from bot.letters import Channel
from bot.messages import kinds
from bot.messages.confirmation import Confirmation
from bot.messages.message import Kept, Message
from bot.messages.reminder import ReminderMessage
from bot.messages.suppression_notice import SuppressionNotice
from bot.store import addresses, answers, postscripts
from bot.store.answer_links import answer_tokens
from bot.store.codes import code_of, confirm_token
from bot.store.database import Session, from_text
from bot.store.letters import letter_of
from bot.store.mailboxes import SUPPRESSED
from bot.store.outbox import next_day_after, params_of
from bot.store.suppression_links import Source, lift_token, stop_token
from bot.store.unreadable import Unreadable, reading
from bot.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a delivery is for; `blocked`: they block the bot. The rest is as in `Person`."""

    id: int
    language: str | None
    zone: ZoneInfo
    hour: int | None
    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTo:
    """Where a mail goes, or went. `suppressed`: its holder, who confirmed it, doesn't want it.

    `unsubscribe_token` is what the link to stop more of it carries; the last one has none.
    `accepted`: it took mail once; `refusals` counts the days on which it didn't since,
    `refused_day` is the last of them, in UTC. `since` is when its person last gave it, or it last
    took mail.
    """

    id: int
    address: str
    suppressed: bool
    unsubscribe_token: str | None
    accepted: bool = False
    refusals: int = 0
    refused_day: date | None = None
    since: str = ""


class Fence(NamedTuple):
    """What whoever marks or settles an attempt must name; no other attempt has the same."""

    token: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox, claimed: what to bring to whom, and how it went so far.

    `mail_to` is also the address that a chat message tells of. `attempt` is the fence its settle
    must name; `doubts` counts attempts that may have arrived, `unjudged` the refusals in a row that
    nobody could judge yet. `thread` is the tokens of what brought the letter before on this
    channel, the oldest first.
    """

    id: int
    channel: Channel
    message: Message
    person: Recipient
    mail_to: MailTo | None
    due_at: datetime
    token: str
    attempt: int
    failures: int
    doubts: int
    parts_sent: int
    unjudged: int = 0
    sent_at: datetime | None = None
    thread: tuple[str, ...] = ()

    @property
    def fence(self) -> Fence:
        """Return what its mark and its settle must name."""
        return Fence(self.token, self.attempt)


_THREAD = 10  # mails of a letter that a later one refers to

CLAIMED = f"""
SELECT d.*, coalesce(p.chosen_language, p.language) AS language, p.zone AS lives_in,
    p.arrival_hour, p.blocked_at, a.id AS mail_to, a.address,
    a.confirmed_at IS NOT NULL AND {SUPPRESSED} AS suppressed,
    a.confirmed_at IS NOT NULL OR a.accepted_at IS NOT NULL AS accepted, a.refusals, a.refused_day,
    max(a.used_at, coalesce(a.accepted_at, '')) AS since,
    l.text, l.entities, l.zone, l.sealed_at, l.message_id,
    {postscripts.OF_LETTER} AS postscripts,
    a.confirmed_at > d.due_at AS waited,
    NOT EXISTS (
        SELECT 1 FROM deliveries later WHERE later.letter_id = d.letter_id AND later.day > d.day
    ) AS last,
    {next_day_after("d.letter_id", "d.day")} AS next_day,
    {answers.OF_LETTER} AS answers,
    (
        SELECT json_group_array(token) FROM (
            SELECT b.token FROM deliveries b WHERE b.letter_id = d.letter_id
            AND b.channel = d.channel AND b.day < d.day AND b.state = 'sent'
            ORDER BY b.day DESC LIMIT {_THREAD}
        )
    ) AS thread
FROM deliveries d
JOIN people p ON p.id = d.person_id
LEFT JOIN letters l ON l.id = d.letter_id
LEFT JOIN addresses a ON a.id = coalesce(d.address_id, l.address_id)
WHERE d.id IN (SELECT value FROM json_each(:ids))
"""


async def delivery_to(
    session: Session, person_id: int, token: str, now: datetime
) -> Delivery | None:
    """Return the delivery of that token, if it is one to that person. Raises Unreadable."""
    row = await session.one(
        "SELECT id FROM deliveries WHERE person_id = :person AND token = :token",
        person=person_id,
        token=token,
    )
    return await delivery_of(session, row["id"], now) if row else None


async def delivery_of(session: Session, delivery_id: int, now: datetime) -> Delivery:
    """Return the delivery of that id, as it goes out `now`. Raises Unreadable."""
    delivery = (await deliveries_of(session, [delivery_id], now))[delivery_id]
    if delivery is None:
        raise Unreadable
    return delivery


async def deliveries_of(
    session: Session, ids: Sequence[int], now: datetime
) -> dict[int, Delivery | None]:
    """Return the deliveries of those ids, in their order; None for one that can't be read."""
    found: dict[int, Delivery | None] = dict.fromkeys(ids)
    for row in await session.all(CLAIMED, ids=json.dumps(list(ids))):
        with suppress(Unreadable), reading():
            found[row["id"]] = _delivery(row, session.vault, now)
    return found


def _delivery(row: sqlite3.Row, vault: Vault, now: datetime) -> Delivery:
    mail_to = _mail_to(row, vault, now)
    return Delivery(
        id=row["id"],
        channel=Channel(row["channel"]),
        message=kinds.read(row["kind"], _kept(row, vault, mail_to, now)),
        person=Recipient(
            id=row["person_id"],
            language=row["language"],
            zone=ZoneInfo(row["lives_in"]),
            hour=row["arrival_hour"],
            blocked=row["blocked_at"] is not None,
        ),
        mail_to=mail_to,
        due_at=from_text(row["due_at"]),
        token=row["token"],
        attempt=row["attempt"],
        failures=row["failures"],
        doubts=row["doubts"],
        parts_sent=row["parts_sent"],
        unjudged=row["unjudged"],
        sent_at=from_text(row["sent_at"]) if row["sent_at"] else None,
        thread=tuple(reversed(json.loads(row["thread"]))),
    )


def _mail_to(row: sqlite3.Row, vault: Vault, now: datetime) -> MailTo | None:
    if row["mail_to"] is None:
        return None
    address = vault.decrypt(addresses.cell_of(row["mail_to"], row["person_id"]), row["address"])
    return MailTo(
        id=row["mail_to"],
        address=address,
        suppressed=bool(row["suppressed"]) and row["kind"] != SuppressionNotice.kind,
        unsubscribe_token=_unsubscribe_token(row["kind"], vault, address, now),
        accepted=bool(row["accepted"]),
        refusals=row["refusals"],
        refused_day=date.fromisoformat(row["refused_day"]) if row["refused_day"] else None,
        since=row["since"],
    )


def _unsubscribe_token(kind: str, vault: Vault, address: str, now: datetime) -> str | None:
    match kind:
        case SuppressionNotice.kind:
            return None
        case Confirmation.kind:
            return stop_token(vault, address, Source.CONFIRMATION, now)
        case _:
            return stop_token(vault, address, Source.REMINDER, now)


def _answer_tokens(row: sqlite3.Row, vault: Vault) -> dict[Answer, str]:
    if row["kind"] != ReminderMessage.kind or row["channel"] != Channel.EMAIL:
        return {}
    return answer_tokens(vault, row["token"])


def _kept(row: sqlite3.Row, vault: Vault, mail_to: MailTo | None, now: datetime) -> Kept:
    confirmation = row["kind"] == Confirmation.kind
    notice = row["kind"] == SuppressionNotice.kind
    return Kept(
        letter=letter_of(row["letter_id"], row, vault) if row["letter_id"] else None,
        day=row["day"],
        last=bool(row["last"]),
        waited=bool(row["waited"]),
        message_id=row["message_id"],
        postscripts=postscripts.read(row["postscripts"], vault),
        answers=answers.read(row["answers"], vault),
        next_day=row["next_day"],
        answer_tokens=_answer_tokens(row, vault),
        address_id=mail_to.id if mail_to else None,
        address=mail_to.address if mail_to else None,
        code=code_of(vault, row["token"]) if confirmation else None,
        link_token=confirm_token(vault, mail_to.address, now) if confirmation and mail_to else None,
        lift_token=lift_token(vault, mail_to.address, now) if notice and mail_to else None,
        params=params_of(row, vault),
    )
