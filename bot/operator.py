"""Word to the operator, through the outbox like everything else that goes out unasked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.letters import Channel, Kind
from bot.store import outbox, people
from bot.store.database import Transaction
from bot.store.outbox import NewDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator's chat, if there is one."""

    chat_id: int | None
    zone: ZoneInfo

    async def tell(
        self, tx: Transaction, kind: Kind, key: str, params: Mapping[str, str], now: datetime
    ) -> None:
        """Owe the operator a message; a second one of the same key adds nothing."""
        if self.chat_id is None:
            return
        await people.ensure_person(tx, self.chat_id, zone=self.zone, now=now)
        message = NewDelivery(
            key=key,
            kind=kind,
            channel=Channel.CHAT,
            person_id=self.chat_id,
            due_at=now,
            params=params,
        )
        await outbox.add(tx, message)
