"""Erases everything of a person's, in one transaction, but for some keyed hashes.

Their keys are destroyed then, before they are told.

Those of suppressions stay for good. Those of where confirmation mails went, at whose wish, and of
codes typed wrong stay for the day that caps look back, or whoever erases themselves could have
strangers mailed, or guess, without end.
"""

from bot.store import (
    addresses,
    confirmation_queue,
    drafts,
    dropping,
    forgotten_addresses,
    inbox,
    letters,
    owners,
    people,
    replies,
    slots,
)
from bot.store.database import Transaction


async def erase(tx: Transaction, person_id: int, update_id: int) -> None:
    """Erase a person, with what their updates said up to the one that asks for it."""
    await owners.doom(tx, await owners.keys_of_everything(tx, person_id))
    await confirmation_queue.hand_over(tx, person_id)
    await drafts.discard(tx, person_id)
    await dropping.forget_person(tx, person_id)
    await letters.forget_person(tx, person_id)
    await addresses.forget_person(tx, person_id)
    await forgotten_addresses.forget_person(tx, person_id)
    await people.forget_person(tx, person_id)
    await inbox.forget_person(tx, person_id, update_id)
    await replies.forget_chat(tx, person_id)
    await slots.forget_chat(tx, person_id)
