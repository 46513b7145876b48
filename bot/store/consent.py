"""Consent: an address gets reminders only once its person has shown that its mail reaches them.

Whoever taps a confirmation mail's link, or types its code, has read the mailbox it went to. It
confirms their own address, if they gave that one, whoever asked for the mail.

A code is one of 10^6, and each wrong one is tried on all that are live for an address: those of the
mails that went there within `CODE_LIFE`, of which the caps of a mailbox allow one at their
defaults. So a guess hits with 10^-6, and at one exact address, over all accounts, a day has
`MOST_TRIES_DAY` of them: 10^-5 a day, 0.4 % in a year of days on which a mail was always just sent.
Where a mailbox can be written in many ways, each has tries of its own, but all share the caps, of
three mails a day at their defaults: 3 * 10^-5 a day.
"""

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.store import addresses, confirmation_queue, outbox
from bot.store.codes import (
    CODE_LIFE,
    LINK_LIFE,
    MOST_TRIES,
    code_of,
    old_link_token_of,
    read_confirm,
)
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.mailboxes import SUPPRESSED
from bot.store.vault import Vault

MOST_TRIES_DAY = 10
"""How many wrong codes may be typed for an address in a day, over all accounts together."""

_DAY = timedelta(days=1)


class Verdict(StrEnum):
    """What came of a code or a link; the value names the message that says so."""

    CONFIRMED = "confirm-confirmed"
    ALREADY = "confirm-already"
    WRONG = "confirm-wrong"
    EXPIRED = "confirm-expired"
    USED_UP = "confirm-used-up"
    NOT_ASKED = "confirm-not-asked"
    NOT_YOURS = "confirm-not-yours"
    STOPPED = "confirm-stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict, the address it is about with its number, and how many tries are left."""

    verdict: Verdict
    address: str = ""
    address_id: int | None = None
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """An address of a person's: whether they have confirmed it, and asked for a mail to do so.

    `tries` are wrong codes since they last asked. `suppressed`: its holder wants no mail.
    `lifted_at` is when they last allowed it again.
    """

    id: int
    address: str
    exact_key: str
    domain_key: str
    confirmed: bool
    asked: bool
    tries: int
    suppressed: bool
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """A confirmation mail that went to an address, for whomever; `sent_at` is when, if known.

    One that may have arrived and was given up counts from then.
    """

    token: str
    sent_at: datetime | None


async def pending(session: Session, person_id: int) -> list[Own]:
    """Return a person's addresses that they asked to confirm and haven't, the last asked first."""
    own = await _addresses_of(session, person_id)
    return [each for each in own if each.asked and not each.confirmed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A confirmation mail that a person asked for, and when it goes as they were told.

    `is_void`: mail was stopped and allowed again since, and one sent before confirms nothing.
    """

    goes_at: datetime
    is_void: bool


async def last_asked(session: Session, address_id: int) -> Asked | None:
    """Return the last mail that was asked for an address, if its asking is still known."""
    row = await session.one(
        "SELECT c.goes_at, s.lifted_at > c.asked_at AS is_void FROM confirmations c"
        " JOIN addresses a ON a.id = c.address_id LEFT JOIN suppressions s USING (mailbox_key)"
        " WHERE c.address_id = :id ORDER BY c.goes_at DESC, c.id DESC LIMIT 1",
        id=address_id,
    )
    return Asked(goes_at=from_text(row["goes_at"]), is_void=bool(row["is_void"])) if row else None


async def try_code(tx: Transaction, person_id: int, code: str, now: datetime) -> Answer:
    """Try a code on all addresses a person may confirm; each wrong one counts against all."""
    own = await _addresses_of(tx, person_id)
    asked = [each for each in own if each.asked and not each.confirmed]
    usable = [each for each in asked if each.tries < MOST_TRIES]
    confirmed = [each for each in own if each.confirmed]
    for each in (*usable, *confirmed):
        mail = await _mail_with_code(tx, each, code, now)
        if mail is not None:
            return await _settle(tx, each, mail.sent_at, CODE_LIFE, now)
    if not asked:
        return Answer(verdict=Verdict.NOT_ASKED)
    if not usable:
        return _answer(Verdict.USED_UP, asked[0])
    for each in usable:
        await _note_wrong(tx, each, now)
    left = MOST_TRIES - usable[0].tries - 1
    verdict = Verdict.WRONG if left else Verdict.USED_UP
    return _answer(verdict, usable[0], tries_left=left)


async def try_link(tx: Transaction, person_id: int, payload: str, now: datetime) -> Answer:
    """Confirm the address that a link was mailed to, if it is one that this person gave."""
    own = await _addresses_of(tx, person_id)
    link = read_confirm(tx.vault, payload)
    for each in own:
        if link is not None and link.is_for(each.exact_key):
            return await _settle(tx, each, link.made_at, LINK_LIFE, now)
        if link is None and (mail := await _mail_with_old_link(tx, each, payload)):
            return await _settle(tx, each, mail.sent_at, LINK_LIFE, now)
    return Answer(verdict=Verdict.NOT_YOURS)


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return when a person asked for confirmation mails, and how they tried, in order."""
    return await session.all(
        "SELECT c.* FROM confirmations c JOIN addresses a ON a.id = c.address_id"
        " WHERE a.person_id = :person ORDER BY c.id",
        person=person_id,
    )


async def _settle(
    tx: Transaction, own: Own, sent_at: datetime | None, life: timedelta, now: datetime
) -> Answer:
    verdict = _verdict(own, sent_at, life, now)
    if verdict is Verdict.CONFIRMED:
        await addresses.note_confirmed(tx, own.id, now)
        await confirmation_queue.drop(tx, own.id)
        await confirmation_queue.look_again(tx, own.domain_key, now)
        await outbox.release(tx, own.id)
    return _answer(verdict, own)


def _answer(verdict: Verdict, own: Own, tries_left: int = 0) -> Answer:
    return Answer(verdict=verdict, address=own.address, address_id=own.id, tries_left=tries_left)


def _verdict(own: Own, sent_at: datetime | None, life: timedelta, now: datetime) -> Verdict:
    if own.suppressed:
        return Verdict.STOPPED
    if own.confirmed:
        return Verdict.ALREADY
    if sent_at is not None and (now > sent_at + life or _is_older_than_lift(sent_at, own)):
        return Verdict.EXPIRED
    return Verdict.CONFIRMED


def _is_older_than_lift(sent_at: datetime, own: Own) -> bool:
    """Return whether mail was stopped and allowed again since; a link names whole seconds only."""
    return own.lifted_at is not None and own.lifted_at.replace(microsecond=0) > sent_at


async def _mail_with_code(tx: Transaction, own: Own, code: str, now: datetime) -> _Mail | None:
    """Return the mail to an address that a code stands in.

    Where too many were guessed in a day none is found, and nobody is told of the others.
    """
    if not own.confirmed and await _is_guessed_out(tx, own, now):
        return None
    mails = await _mails_to(tx, own)
    fitting = [each for each in mails if _fits(code, code_of(tx.vault, each.token))]
    return fitting[0] if fitting else None


async def _mail_with_old_link(session: Session, own: Own, payload: str) -> _Mail | None:
    """Return the mail of an earlier version to an address that a link stands in."""
    for mail in await _mails_to(session, own):
        if _fits(payload, old_link_token_of(session.vault, mail.token)):
            return mail
    return None


async def _mails_to(session: Session, own: Own) -> list[_Mail]:
    """Return the confirmation mails to an address that may have arrived, the newest first."""
    rows = await session.all(
        "SELECT DISTINCT d.id, d.token, coalesce(d.sent_at, d.failed_at) AS sent_at"
        " FROM addresses a JOIN deliveries d ON d.address_id = a.id"
        " WHERE a.exact_key = :exact AND d.kind = 'confirmation' AND d.state NOT IN ('held', 'due')"
        " AND EXISTS (SELECT 1 FROM confirmations WHERE address_id = a.id)"
        " ORDER BY d.id DESC",
        exact=own.exact_key,
    )
    return [
        _Mail(token=row["token"], sent_at=from_text(row["sent_at"]) if row["sent_at"] else None)
        for row in rows
    ]


async def _is_guessed_out(session: Session, own: Own, now: datetime) -> bool:
    row = await session.row(
        "SELECT count(*) AS tries FROM confirmation_tries"
        " WHERE exact_key = :exact AND tried_at > :since",
        exact=own.exact_key,
        since=to_text(now - _DAY),
    )
    return bool(row["tries"] >= MOST_TRIES_DAY)


async def _note_wrong(tx: Transaction, own: Own, now: datetime) -> None:
    await tx.run(
        "UPDATE confirmations SET tries = tries + 1 WHERE id ="
        " (SELECT id FROM confirmations WHERE address_id = :id ORDER BY asked_at DESC, id DESC)",
        id=own.id,
    )
    await tx.run(
        "INSERT INTO confirmation_tries (exact_key, tried_at) VALUES (:exact, :now)",
        exact=own.exact_key,
        now=to_text(now),
    )


async def _addresses_of(session: Session, person_id: int) -> list[Own]:
    rows = await session.all(
        f"SELECT a.*, {SUPPRESSED} AS suppressed, s.lifted_at, last.id AS asked, last.tries"
        " FROM addresses a LEFT JOIN suppressions s USING (mailbox_key)"
        " LEFT JOIN confirmations last ON last.id = (SELECT id FROM confirmations"
        "  WHERE address_id = a.id ORDER BY asked_at DESC, id DESC LIMIT 1)"
        " WHERE a.person_id = :person ORDER BY last.asked_at DESC, last.id DESC",
        person=person_id,
    )
    return [_own(row, session.vault) for row in rows]


def _own(row: sqlite3.Row, vault: Vault) -> Own:
    return Own(
        id=row["id"],
        address=vault.decrypt(addresses.cell_of(row["id"], row["person_id"]), row["address"]),
        exact_key=row["exact_key"],
        domain_key=row["domain_key"],
        confirmed=row["confirmed_at"] is not None,
        asked=row["asked"] is not None,
        tries=row["tries"] or 0,
        suppressed=bool(row["suppressed"]),
        lifted_at=from_text(row["lifted_at"]) if row["lifted_at"] else None,
    )


def _fits(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode("ascii"))
