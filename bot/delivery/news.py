"""What the operator hears of a lane: each fault once, over a restart too, and when it is over."""

from datetime import datetime, timedelta

from bot.letters import Channel
from bot.messages.message import Note
from bot.messages.operator_notes import (
    LaneDown,
    LaneMended,
    LaneStalled,
    LetterGivenUp,
    LetterRefused,
)
from bot.operator import Operator
from bot.store.database import Transaction
from bot.store.outbox import Told

_LANES = (LaneDown.kind, LaneStalled.kind)
_OF_ONE = (LetterRefused.kind, LetterGivenUp.kind)
_DAY = timedelta(days=1)


class News:
    """Word to the operator of one lane, by what earlier runs have told."""

    def __init__(self, channel: Channel, operator: Operator) -> None:
        self._channel = channel
        self._operator = operator
        self._went_well = False

    async def tell(self, tx: Transaction, note: Note, key: str, now: datetime) -> None:
        """Owe the operator a note, unless it was told before and nothing has changed since."""
        told = await self._told(tx)
        if isinstance(note, LaneDown | LaneStalled):
            standing = [each for each in told if each.kind not in _OF_ONE][:1]
            known = any(_says(each, note.kind, note.reason) for each in standing)
        elif isinstance(note, LetterRefused | LetterGivenUp):
            recent = [each for each in told if now - each.at < _DAY]
            known = any(_says(each, note.kind, note.reason) for each in recent)
        else:
            known = False
        if not known:
            await self._operator.tell(tx, note, key, now)

    async def note_success(self, tx: Transaction, key: str, now: datetime) -> None:
        """Owe the operator, at a run's first success, that a fault told by an earlier one is over.

        Whoever mends a setting restarts the program, which knows of no fault then.
        """
        if self._went_well:
            return
        self._went_well = True
        told = [each.kind for each in await self._told(tx) if each.kind not in _OF_ONE]
        if told and told[0] in _LANES:
            await self._operator.tell(tx, LaneMended(channel=self._channel.value), key, now)

    async def _told(self, tx: Transaction) -> list[Told]:
        """Return what was told of this lane, the newest first."""
        kinds = (*_LANES, LaneMended.kind, *_OF_ONE)
        told = await self._operator.told(tx, kinds)
        return [each for each in told if each.params.get("channel") == self._channel]


def _says(told: Told, kind: str, reason: str) -> bool:
    return told.kind == kind and told.params.get("reason") == reason
