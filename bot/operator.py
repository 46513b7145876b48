"""Word to the operator, through the outbox like everything else that goes out unasked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.messages.message import Note
from bot.store import outbox, people
from bot.store.database import Session, Transaction
from bot.store.outbox import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator's chat, if there is one."""

    chat_id: int | None
    zone: ZoneInfo

    async def tell(self, tx: Transaction, note: Note, key: str, now: datetime) -> None:
        """Owe the operator a note; a second one of the same kind and key adds nothing."""
        if self.chat_id is None:
            return
        await people.ensure_person(tx, self.chat_id, zone=self.zone, now=now)
        await outbox.tell(tx, self.chat_id, note, key, now)

    async def told(self, session: Session, kinds: Collection[str]) -> list[Told]:
        """Return what the operator was told in notes of these kinds, the newest first."""
        if self.chat_id is None:
            return []
        return await outbox.told(session, self.chat_id, kinds)
