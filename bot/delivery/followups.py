"""What else is written when an attempt is settled: each channel tells of the other's failure.

Everything here is part of the settling transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.delivery.outcome import STOPPED, Blame, Clarity, Outcome, Refused, Sent
from bot.delivery.settling import GIVEN_UP, IN_DOUBT
from bot.letters import Channel, State
from bot.messages.address_wanted import AddressRefused, AddressStopped
from bot.messages.confirmation import Confirmation
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.messages.note_in_doubt import NoteInDoubt
from bot.messages.reminder import ReminderMessage
from bot.messages.suppression_notice import SuppressionNotice
from bot.store import addresses, dropping, nudges, occasions, outbox, people
from bot.store.claims import Settlement
from bot.store.database import Transaction
from bot.store.deliveries import Delivery
from bot.store.occasions import occasion_of
from bot.store.outbox import NewDelivery


async def follow_up(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    """Write what follows from a settlement for the person and their other deliveries."""
    if settlement.state is State.RETRY:
        await dropping.drop_retry(tx, delivery.id)
        await outbox.withhold(tx, delivery.id)
    match delivery.channel:
        case Channel.EMAIL:
            await _after_mail(tx, delivery, outcome, settlement)
        case Channel.CHAT:
            await _after_note(tx, delivery, outcome, settlement)


async def note_taken(tx: Transaction, mails: Sequence[Delivery], now: datetime) -> None:
    """Write what follows for the addresses that took those mails."""
    taken = [each for each in mails if not isinstance(each.message, SuppressionNotice)]
    await addresses.note_accepted(tx, [each.mail_to.id for each in taken if each.mail_to], now)


async def _after_note(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    if isinstance(outcome, Sent) and isinstance(delivery.message, ReminderMessage):
        await occasions.note_messages(tx, occasion_of(delivery.message), outcome.messages)
        await nudges.tell_of_mail(tx, delivery.id, settlement.at)
    elif _blames(outcome, Blame.PERSON):
        await people.note_blocked(tx, delivery.person.id, settlement.at)
    elif settlement.state is State.FAILED and isinstance(delivery.message, ReminderMessage):
        offer = NoteInDoubt(token=delivery.token)
        await outbox.tell(tx, delivery.person.id, offer, delivery.id, settlement.at)


async def _after_mail(
    tx: Transaction, delivery: Delivery, outcome: Outcome, settlement: Settlement
) -> None:
    if isinstance(delivery.message, SuppressionNotice):  # of a mailbox that is done with
        return
    if isinstance(outcome, Sent):
        await note_taken(tx, [delivery], settlement.at)
    if isinstance(delivery.message, Confirmation) and not _names_address(outcome):
        return
    if delivery.mail_to is not None and _blames(outcome, Blame.ADDRESS):
        dead = _is_dead(outcome, settlement)
        await addresses.note_refusal(tx, delivery.mail_to.id, settlement.at, dead=dead)
    if settlement.state is State.FAILED:
        await outbox.add(tx, _told_in_chat(delivery, outcome, settlement))


def _told_in_chat(delivery: Delivery, outcome: Outcome, settlement: Settlement) -> NewDelivery:
    """Return the note by which a person hears of a mail that failed.

    Of an address a person hears once, however many letters go there, until it takes mail again or
    they give it once more.
    """
    if _is_dead(outcome, settlement):
        kind = (AddressStopped if settlement.reason == STOPPED else AddressRefused).kind
    else:
        kind = (MailInDoubt if settlement.reason == IN_DOUBT else MailGivenUp).kind
    mail_to = delivery.mail_to
    address_id = mail_to.id if mail_to else None
    return NewDelivery(
        key=outbox.key_of_note(kind, address_id, mail_to.since if mail_to else delivery.id),
        kind=kind,
        channel=Channel.CHAT,
        person_id=delivery.person.id,
        address_id=address_id,
        due_at=settlement.at,
    )


def _names_address(outcome: Outcome) -> bool:
    """Return whether its address is refused in words that name it: there is no such mailbox, say.

    Of a confirmation mail only that is told, and kept where its person can see it. It concerns
    nobody's choice, and a mailbox that takes mail never shows it. Whatever else befalls such a mail
    (a doubt, days in vain, a refusal for the server's own reasons) may befall it at a mailbox that
    somebody reads, and would tell that a mail left for there: so that its holder hasn't stopped
    mail, and no cap kept it back. Nothing is said of those, as of what was kept back. What was said
    at asking holds for all alike: where to look, and a button that sends another.

    The limit: whoever knows that a mailbox takes no mail any more, and hears nothing of it here,
    may conclude that its holder had stopped mail before, or that others ask for one just now.
    """
    if not isinstance(outcome, Refused) or outcome.blame is not Blame.ADDRESS:
        return False
    return outcome.clarity in {Clarity.CLEAR, Clarity.CERTAIN}


def _is_dead(outcome: Outcome, settlement: Settlement) -> bool:
    """Return whether an address takes no mail, as far as anybody can tell."""
    given_up = settlement.reason == GIVEN_UP
    return _blames(outcome, Blame.ADDRESS) and settlement.state is State.FAILED and not given_up


def _blames(outcome: Outcome, blame: Blame) -> bool:
    return isinstance(outcome, Refused) and outcome.blame is blame
