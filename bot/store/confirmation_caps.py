"""How many confirmation mails may go: by who asks, and by where they go. Keyed hashes only.

Caps start low and grow with trust. What a person may ask for goes by their own history alone, so
that nothing they are told, or get, tells them of others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.caps import Caps, untrusted_part
from bot.email_address.mailbox_forms import is_at_public_provider
from bot.store.addresses import cell_of
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.forgetting import forget_some
from bot.store.mailboxes import person_key
from bot.store.vault import Cell, Undecipherable, Vault

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_ASKS_OF_PERSON = "SELECT asked_at AS moment FROM confirmation_asks WHERE person_key = :key"
_MAILS_TOLD = "SELECT goes_at AS moment FROM confirmations WHERE address_id = :key"
_MAILS = "SELECT owed_at AS moment FROM confirmation_mails WHERE"
_MAILS_TO_MAILBOX = f"{_MAILS} wide_key = :key"
_MAILS_TO_DOMAIN = f"{_MAILS} domain_key = :key"
_ALL_MAILS = f"{_MAILS} :key = ''"
_UNTRUSTED = "AND NOT trusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A mail that somebody wants: the keys it counts by, and how far they and its place are known.

    `mailboxes` that the person has confirmed; `people` who have confirmed an address at the domain.
    """

    person: str
    wide: str
    domain: str
    mailboxes: int
    people: int
    public: bool

    @property
    def trusted(self) -> bool:
        """Return whether the person has confirmed an address before."""
        return self.mailboxes > 0


async def demand_of(session: Session, address_id: int) -> Demand:
    """Return what a confirmation mail to that address counts towards."""
    row = await session.row(
        "SELECT a.person_id, a.address, a.wide_key, a.domain_key,"
        " (SELECT count(DISTINCT wide_key) FROM addresses"
        "  WHERE person_id = a.person_id AND confirmed_at IS NOT NULL) AS mailboxes,"
        " (SELECT count(*) FROM (SELECT DISTINCT person_id FROM addresses"
        "  WHERE domain_key = a.domain_key AND confirmed_at IS NOT NULL LIMIT 10)) AS people"
        " FROM addresses a WHERE a.id = :id",
        id=address_id,
    )
    return Demand(
        person=person_key(session.vault, row["person_id"]),
        wide=row["wide_key"],
        domain=row["domain_key"],
        mailboxes=row["mailboxes"],
        people=row["people"],
        public=_is_public(session.vault, cell_of(address_id, row["person_id"]), row["address"]),
    )


def _is_public(vault: Vault, cell: Cell, kept: str) -> bool:
    """Return whether an address is at a public provider; one that can't be read isn't."""
    try:
        return is_at_public_provider(vault.decrypt(cell, kept))
    except Undecipherable:
        return False


async def person_wait(
    session: Session, demand: Demand, caps: Caps, now: datetime
) -> datetime | None:
    """Return when a person may ask for another mail; None if they may now."""
    most_a_day = caps.mails_of_person_day(demand.mailboxes)
    return await _latest(
        session,
        now,
        _Bound(_ASKS_OF_PERSON, demand.person, HOUR, caps.mails_per_person_hour),
        _Bound(_ASKS_OF_PERSON, demand.person, DAY, most_a_day),
    )


async def told_wait(
    session: Session, address_id: int, demand: Demand, caps: Caps, now: datetime
) -> datetime | None:
    """Return when another mail to an address can go, as its person is told; None for at once.

    It goes by the mails of this person alone: the caps of a place count those of others, too.
    """
    key = str(address_id)
    of_address = await _latest(
        session,
        now,
        _Bound(_MAILS_TOLD, key, HOUR, caps.mails_per_address_hour),
        _Bound(_MAILS_TOLD, key, DAY, caps.mails_per_address_day),
    )
    of_person = await person_wait(session, demand, caps, now)
    return max((wait for wait in (of_address, of_person) if wait), default=None)


async def place_wait(
    session: Session, demand: Demand, caps: Caps, now: datetime
) -> datetime | None:
    """Return when every cap of where a mail goes has room for it; None if each has now."""
    domain = caps.mails_to_domain_hour(demand.people, public=demand.public)
    bounds = [
        _Bound(_MAILS_TO_MAILBOX, demand.wide, HOUR, caps.mails_per_address_hour),
        _Bound(_MAILS_TO_MAILBOX, demand.wide, DAY, caps.mails_per_address_day),
        _Bound(_MAILS_TO_DOMAIN, demand.domain, HOUR, domain),
        _Bound(_ALL_MAILS, "", HOUR, caps.mails_per_hour),
    ]
    if not demand.trusted:
        of_domain, of_all = f"{_MAILS_TO_DOMAIN} {_UNTRUSTED}", f"{_ALL_MAILS} {_UNTRUSTED}"
        bounds += [
            _Bound(of_domain, demand.domain, HOUR, untrusted_part(domain)),
            _Bound(of_all, "", HOUR, untrusted_part(caps.mails_per_hour)),
        ]
    return await _latest(session, now, *bounds)


async def is_full(session: Session, caps: Caps, now: datetime) -> bool:
    """Return whether no more mails may go now, whoever wants them and wherever."""
    return await _wait(session, now, _Bound(_ALL_MAILS, "", HOUR, caps.mails_per_hour)) is not None


async def count_ask(tx: Transaction, person: str, now: datetime) -> None:
    """Count a mail that a person asked for."""
    await tx.run(
        "INSERT INTO confirmation_asks (person_key, asked_at) VALUES (:person, :now)",
        person=person,
        now=to_text(now),
    )


async def count_mail(tx: Transaction, demand: Demand, now: datetime) -> None:
    """Count a mail that was let go."""
    await tx.run(
        "INSERT INTO confirmation_mails (wide_key, domain_key, person_key, trusted, owed_at)"
        " VALUES (:wide, :domain, :person, :trusted, :now)",
        wide=demand.wide,
        domain=demand.domain,
        person=demand.person,
        trusted=demand.trusted,
        now=to_text(now),
    )


async def uncount_mail(tx: Transaction, person: str, wide_key: str) -> None:
    """Count the last mail no more that somebody had let go to a mailbox, as it never left."""
    await tx.run(
        "DELETE FROM confirmation_mails WHERE id = (SELECT id FROM confirmation_mails"
        " WHERE wide_key = :wide AND person_key = :person ORDER BY owed_at DESC, id DESC LIMIT 1)",
        person=person,
        wide=wide_key,
    )


async def forget_before(tx: Transaction, moment: datetime) -> bool:
    """Forget what no cap looks back to any more, some of it; returns whether there may be more."""
    counted = ("asks", "asked_at"), ("mails", "owed_at"), ("tries", "tried_at")
    more = [
        await forget_some(tx, f"confirmation_{table}", f"{column} < :moment", moment)
        for table, column in counted
    ]
    return any(more)


@dataclass(frozen=True, slots=True)
class _Bound:
    """At most so many of what is counted under a key in any span of time."""

    counted: str
    key: str
    span: timedelta
    most: int


async def _latest(session: Session, now: datetime, *bounds: _Bound) -> datetime | None:
    waits = [await _wait(session, now, bound) for bound in bounds]
    return max((wait for wait in waits if wait), default=None)


async def _wait(session: Session, now: datetime, bound: _Bound) -> datetime | None:
    """Return when a bound has room again; None if it has now."""
    row = await session.one(
        f"{bound.counted} AND moment > :since ORDER BY moment DESC LIMIT 1 OFFSET :before",
        key=bound.key,
        since=to_text(now - bound.span),
        before=bound.most - 1,
    )
    return from_text(row["moment"]) + bound.span if row else None
