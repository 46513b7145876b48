"""Whether anybody gets through at all: a far end in trouble may put off what everybody sends.

Each delivery for itself is only late, so none of them tells. Kept in memory, as judgements are.
"""

import logging
from dataclasses import dataclass, field

from bot.letters import Channel
from bot.store.deliveries import Delivery

logger = logging.getLogger(__name__)

_TRIES_BEFORE = 2  # a third try is half an hour after the first, when greylisting has long passed
_CROWD = 2  # people


@dataclass(slots=True)
class Stall:
    """Remembers, for a lane, who was put off again and again since somebody got through."""

    channel: Channel
    _people: set[int] = field(default_factory=set)
    _told: bool = False

    def put_off(self, delivery: Delivery, reason: str) -> bool:
        """Note that a delivery was put off; returns whether it is time to tell the operator.

        That is once, when several people's were at their third try, or at their second where each
        may have arrived: of those there is no third.
        """
        if delivery.failures >= _TRIES_BEFORE or delivery.doubts:
            self._people.add(delivery.person.id)
        if self._told or len(self._people) < _CROWD:
            return False
        about = {"channel": self.channel, "reason": reason}
        logger.warning("nothing gets through", extra=about)
        self._told = True
        return True

    def success(self) -> bool:
        """Note that something got through; returns whether the operator was told that none does."""
        told, self._told = self._told, False
        self._people.clear()
        if told:
            logger.warning("something gets through again", extra={"channel": self.channel})
        return told
