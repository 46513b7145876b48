"""What is said where no update is answered: one is dropped or put aside, and why."""

from dataclasses import dataclass

from telegram import Update

from bot.botapi.wire import origin_of
from bot.clock import Clock
from bot.letters import Kind
from bot.locales import Language, catalog, language_of
from bot.operator import Operator
from bot.store import replies
from bot.store.database import Transaction
from bot.store.inbox import OpenUpdate
from bot.store.replies import OwedReply, Reply
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Tells the person, and the operator."""

    clock: Clock
    language: Language
    operator: Operator

    async def flood(self, tx: Transaction, update: Update) -> list[OwedReply]:
        """Tell somebody to wait a minute. The operator hears of floods once an hour at most."""
        hour = f"{self.clock.now():%Y-%m-%dT%H}"
        await self._tell_operator(tx, Kind.FLOOD, hour, {})
        user = update.effective_user
        return await self._reply(tx, user.id, user.language_code, "flood") if user else []

    async def put_aside(self, tx: Transaction, update: OpenUpdate) -> list[OwedReply]:
        """Ask somebody to send again what ended the program twice, or can't be read back."""
        params = {"update": str(update.id)}
        await self._tell_operator(tx, Kind.UPDATE_PUT_ASIDE, params["update"], params)
        origin = origin_of(update.wire)
        if origin is None:
            return []
        return await self._reply(tx, origin.person_id, origin.language, "update-put-aside")

    async def _tell_operator(
        self, tx: Transaction, kind: Kind, what: str, params: dict[str, str]
    ) -> None:
        await self.operator.tell(tx, kind, f"{kind}:{what}", params, self.clock.now())

    async def _reply(
        self, tx: Transaction, person_id: int, language: str | None, name: str
    ) -> list[OwedReply]:
        text = catalog(language_of(language, self.language)).say(name)
        return [await replies.add(tx, person_id, Reply(words=Words(text)))]
