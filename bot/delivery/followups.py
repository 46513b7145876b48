"""What else is written when an attempt is settled: each channel tells of the other's failure.

Everything here is part of the settling transaction.
"""

from bot.delivery.outcome import STOPPED, Blame, Outcome, Refused, Sent
from bot.delivery.settling import IN_DOUBT
from bot.letters import Channel, Delivery, Kind, State
from bot.store import addresses, outbox, people
from bot.store.claims import Settlement
from bot.store.database import Transaction
from bot.store.outbox import NewDelivery


async def follow_up(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    """Write what follows from a settlement for the person and their other deliveries."""
    if settlement.state is State.RETRY:
        await outbox.drop_retry(tx, delivery.id)
        await outbox.hold_unconfirmed(tx, delivery.id)
    if delivery.channel is Channel.EMAIL:
        await _after_mail(tx, delivery, outcome, settlement)
    else:
        await _after_note(tx, delivery, outcome, settlement)


async def _after_note(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    if _blames(outcome, Blame.PERSON):
        await people.note_blocked(tx, delivery.person_id, settlement.at)
    elif settlement.state is State.FAILED and delivery.kind is Kind.REMINDER:
        await outbox.add(tx, _offered_in_chat(delivery, settlement))


async def _after_mail(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    if delivery.address_id is not None and isinstance(outcome, Sent):
        await addresses.note_accepted(tx, delivery.address_id)
    if delivery.address_id is not None and _blames(outcome, Blame.ADDRESS):
        await addresses.note_refused(tx, delivery.address_id, settlement.at)
    if settlement.state is State.FAILED:
        await outbox.add(tx, _told_in_chat(delivery, outcome, settlement))


def _told_in_chat(delivery: Delivery, outcome: Outcome, settlement: Settlement) -> NewDelivery:
    if _blames(outcome, Blame.ADDRESS):
        stopped = settlement.reason == STOPPED
        kind = Kind.ADDRESS_STOPPED if stopped else Kind.ADDRESS_REFUSED
        key = f"{kind}:{delivery.address_id}:{settlement.at:%Y-%m-%d}"
    else:
        kind = Kind.MAIL_IN_DOUBT if settlement.reason == IN_DOUBT else Kind.MAIL_GIVEN_UP
        key = f"{kind}:{delivery.id}:{delivery.attempt}"
    return NewDelivery(
        key=key,
        kind=kind,
        channel=Channel.CHAT,
        person_id=delivery.person_id,
        address_id=delivery.address_id,
        due_at=settlement.at,
    )


def _offered_in_chat(delivery: Delivery, settlement: Settlement) -> NewDelivery:
    return NewDelivery(
        key=f"{Kind.NOTE_IN_DOUBT}:{delivery.id}",
        kind=Kind.NOTE_IN_DOUBT,
        channel=Channel.CHAT,
        person_id=delivery.person_id,
        due_at=settlement.at,
        params={"token": delivery.token},
    )


def _blames(outcome: Outcome, blame: Blame) -> bool:
    return isinstance(outcome, Refused) and outcome.blame is blame
