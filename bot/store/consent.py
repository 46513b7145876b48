"""Consent: an address gets reminders only once its person has shown that its mail reaches them.

A confirmation mail carries a code and a link. Both are derived from the delivery's random token
with the store's secret, bound to that one delivery, and kept nowhere.
"""

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.caps import Caps
from bot.letters import Channel
from bot.messages.confirmation import Confirmation
from bot.store import addresses, outbox
from bot.store.addresses import Address
from bot.store.codes import CODE_LIFE, LINK_LIFE, MOST_TRIES, code_of, link_token_of
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.mailboxes import domain_key, person_key, wide_key
from bot.store.outbox import NewDelivery
from bot.store.vault import Vault

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Verdict(StrEnum):
    """What came of a code or a link; the value names the message that says so."""

    CONFIRMED = "confirm-confirmed"
    WRONG = "confirm-wrong"
    EXPIRED = "confirm-expired"
    USED_UP = "confirm-used-up"
    NOT_ASKED = "confirm-not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict, the address it is about, and how many tries are left."""

    verdict: Verdict
    address: str = ""
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A confirmation under way; `sent_at` is when its mail was submitted, once it was.

    A mail that may have arrived and was given up counts from then.
    """

    address_id: int
    address: str
    token: str
    tries: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a confirmation mail counts towards: keyed hashes of where it goes and who asked."""

    wide: str
    domain: str
    person: str


async def ask(tx: Transaction, address: Address, caps: Caps, now: datetime) -> datetime | None:
    """Owe an address a confirmation mail, in place of one sent before.

    Returns None when it is owed, or the moment from which on another may be asked for.
    """
    asked = _Asked(
        wide=wide_key(tx.vault, address.address),
        domain=domain_key(tx.vault, address.address),
        person=person_key(tx.vault, address.person_id),
    )
    if wait := await _wait(tx, asked, caps, now):
        return wait
    await tx.run(
        "INSERT INTO confirmation_mails (wide_key, domain_key, person_key, asked_at)"
        " VALUES (:wide, :domain, :person, :now)",
        wide=asked.wide,
        domain=asked.domain,
        person=asked.person,
        now=to_text(now),
    )
    before = await tx.one(
        "SELECT delivery_id FROM confirmations WHERE address_id = :address", address=address.id
    )
    if before is not None:
        await outbox.drop_waiting(tx, before["delivery_id"])
    delivery_id = await outbox.add(tx, _mail(address, now))
    await tx.run(
        "INSERT OR REPLACE INTO confirmations (address_id, delivery_id, asked_at)"
        " VALUES (:address, :delivery, :now)",
        address=address.id,
        delivery=delivery_id,
        now=to_text(now),
    )
    return None


async def pending(session: Session, person_id: int) -> list[Pending]:
    """Return a person's confirmations under way, the last asked for first."""
    rows = await session.all(
        "SELECT c.address_id, a.address, d.token, c.tries,"
        " coalesce(d.sent_at, d.failed_at) AS sent_at FROM confirmations c"
        " JOIN addresses a ON a.id = c.address_id JOIN deliveries d ON d.id = c.delivery_id"
        " WHERE a.person_id = :person ORDER BY c.asked_at DESC",
        person=person_id,
    )
    return [_pending(row, session.vault) for row in rows]


async def try_code(tx: Transaction, person_id: int, code: str, now: datetime) -> Answer:
    """Try a code on a person's confirmations under way; each wrong one counts against all."""
    asked = await pending(tx, person_id)
    if not asked:
        return Answer(verdict=Verdict.NOT_ASKED)
    usable = [each for each in asked if each.tries < MOST_TRIES]
    fitting = [each for each in usable if _fits(code, code_of(tx.vault, each.token))]
    if fitting:
        return await _settle(tx, fitting[0], CODE_LIFE, now)
    if not usable:
        return Answer(verdict=Verdict.USED_UP, address=asked[0].address)
    for each in usable:
        await tx.run(
            "UPDATE confirmations SET tries = tries + 1 WHERE address_id = :id", id=each.address_id
        )
    left = MOST_TRIES - usable[0].tries - 1
    verdict = Verdict.WRONG if left else Verdict.USED_UP
    return Answer(verdict=verdict, address=usable[0].address, tries_left=left)


async def try_link(tx: Transaction, person_id: int, payload: str, now: datetime) -> Answer:
    """Try a link's token against the confirmations that a person has asked for."""
    for each in await pending(tx, person_id):
        if _fits(payload, link_token_of(tx.vault, each.token)):
            return await _settle(tx, each, LINK_LIFE, now)
    return Answer(verdict=Verdict.NOT_ASKED)


async def forget_mailbox(tx: Transaction, key: str) -> None:
    """Wait for nobody any more to confirm an address of that mailbox."""
    await tx.run(
        "DELETE FROM confirmations"
        " WHERE address_id IN (SELECT id FROM addresses WHERE mailbox_key = :key)",
        key=key,
    )


async def forget_mails_before(tx: Transaction, moment: datetime) -> None:
    """Forget the confirmation mails that no cap looks back to any more."""
    await tx.run("DELETE FROM confirmation_mails WHERE asked_at < :moment", moment=to_text(moment))


async def _wait(tx: Transaction, asked: _Asked, caps: Caps, now: datetime) -> datetime | None:
    """Return the moment at which every cap has room again; None if each has now."""
    bounds = (
        ("wide_key = :key", asked.wide, _HOUR, caps.mails_per_address_hour),
        ("wide_key = :key", asked.wide, _DAY, caps.mails_per_address_day),
        ("person_key = :key", asked.person, _DAY, caps.mails_per_person_day),
        ("domain_key = :key", asked.domain, _HOUR, caps.mails_per_domain_hour),
        (":key = ''", "", _HOUR, caps.mails_per_hour),
    )
    waits = [
        await _room(tx, which, key, now, span=span, most=most) for which, key, span, most in bounds
    ]
    return max((wait for wait in waits if wait), default=None)


async def _room(
    tx: Transaction, which: str, key: str, now: datetime, *, span: timedelta, most: int
) -> datetime | None:
    row = await tx.one(
        f"SELECT asked_at FROM confirmation_mails WHERE {which} AND asked_at > :since"
        " ORDER BY asked_at DESC LIMIT 1 OFFSET :most",
        key=key,
        since=to_text(now - span),
        most=most - 1,
    )
    return from_text(row["asked_at"]) + span if row else None


async def _settle(tx: Transaction, asked: Pending, life: timedelta, now: datetime) -> Answer:
    if asked.sent_at is not None and now > asked.sent_at + life:
        return Answer(verdict=Verdict.EXPIRED, address=asked.address)
    await addresses.note_confirmed(tx, asked.address_id, now)
    await tx.run("DELETE FROM confirmations WHERE address_id = :id", id=asked.address_id)
    await outbox.release(tx, asked.address_id)
    return Answer(verdict=Verdict.CONFIRMED, address=asked.address)


def _fits(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode("ascii"))


def _mail(address: Address, now: datetime) -> NewDelivery:
    return NewDelivery(
        key=f"{Confirmation.kind}:{address.id}:{now.isoformat()}",
        kind=Confirmation.kind,
        channel=Channel.EMAIL,
        person_id=address.person_id,
        address_id=address.id,
        due_at=now,
    )


def _pending(row: sqlite3.Row, vault: Vault) -> Pending:
    return Pending(
        address_id=row["address_id"],
        address=vault.decrypt(row["address"]),
        token=row["token"],
        tries=row["tries"],
        sent_at=from_text(row["sent_at"]) if row["sent_at"] else None,
    )
