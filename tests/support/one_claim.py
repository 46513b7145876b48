"""What a lane does with the outbox, for one delivery at a time."""

from datetime import datetime, timedelta

from bot.letters import Channel
from bot.store import claims
from bot.store.claims import Settlement
from bot.store.database import Transaction
from bot.store.deliveries import Delivery


async def claim(
    tx: Transaction, channel: Channel, now: datetime, lease: timedelta
) -> Delivery | None:
    """Claim the next delivery; None if none is due."""
    claimed = await claims.claim(tx, channel, now, lease)
    return claimed[0] if claimed else None


async def mark_in_flight(tx: Transaction, delivery: Delivery) -> bool:
    """Mark a delivery; returns whether it may leave."""
    return await claims.mark_in_flight(tx, [delivery]) == {delivery.fence}


async def settle(tx: Transaction, delivery: Delivery, settlement: Settlement) -> bool:
    """Settle a delivery; returns whether it was still ours."""
    return await claims.settle(tx, [(delivery, settlement)]) == {delivery.fence}
