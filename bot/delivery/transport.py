"""What a channel's transport promises to its lane."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from bot.delivery.outcome import Outcome
from bot.letters import Channel
from bot.store.deliveries import Delivery

BeforeSend = Callable[[], Awaitable[bool]]
"""Records that the bytes are about to leave; False when the attempt is no longer ours."""


class Transport(Protocol):
    """Brings deliveries out on one channel, `at_once` at most.

    A lane has `under_way` at most that wait, are sent or are settled; so many are
    `claimed_together` for one turn.
    """

    channel: Channel
    at_once: int
    under_way: int
    claimed_together: int

    async def turn(self) -> timedelta:
        """Wait until an attempt may begin; returns how long the channel is held, or zero."""

    async def send(self, delivery: Delivery, before_send: BeforeSend) -> Outcome:
        """Try once, awaiting `before_send` right before the first byte that may arrive.

        Every failure of the far end is an outcome; what is raised is a bug, or the store's failure.
        """

    async def rest(self) -> None:
        """Close what has been idle for long; called about once a minute."""

    async def close(self) -> None:
        """Close everything."""
