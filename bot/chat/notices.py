"""What is said where no update is answered: one is dropped or put aside, and why."""

from dataclasses import dataclass

from telegram import Update

from bot.botapi.wire import origin_of
from bot.clock import Clock
from bot.locales import Language, catalog, language_of
from bot.messages.operator_notes import Flood, UpdatePutAside
from bot.operator import Operator
from bot.store import people, replies
from bot.store.database import Transaction
from bot.store.inbox import OpenUpdate
from bot.store.replies import OwedReply, Reply
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Owes the person, and the operator, word of an update that is not answered."""

    clock: Clock
    language: Language
    operator: Operator

    async def flood(self, tx: Transaction, update: Update) -> list[OwedReply]:
        """Tell somebody to wait a minute. The operator hears of floods once an hour at most."""
        now = self.clock.now()
        await self.operator.tell(tx, Flood(), f"{now:%Y-%m-%dT%H}", now)
        user = update.effective_user
        return await self._reply(tx, user.id, user.language_code, "flood") if user else []

    async def put_aside(self, tx: Transaction, update: OpenUpdate) -> list[OwedReply]:
        """Ask somebody to send again what ended the program twice, or can't be read back."""
        note = UpdatePutAside(update=str(update.id))
        await self.operator.tell(tx, note, note.update, self.clock.now())
        origin = origin_of(update.wire)
        if origin is None:
            return []
        return await self._reply(tx, origin.person_id, origin.language, "update-put-aside")

    async def _reply(
        self, tx: Transaction, person_id: int, language: str | None, name: str
    ) -> list[OwedReply]:
        spoken = await people.chosen_language(tx, person_id) or language
        text = catalog(language_of(spoken, self.language)).say(name)
        return [await replies.add(tx, person_id, Reply(words=Words(text)))]
