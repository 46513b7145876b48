"""A Telegram in memory: the Bot API's far end, and the people who write to the bot."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from bot.clock import Clock
from bot.local.apps import Apps
from bot.local.messages import Changed, Said
from bot.local.methods import Methods
from bot.local.parameters import ApiError, Parameters
from bot.local.state import TelegramState
from bot.local.updates import Updates


class Telegram(Apps):
    """Both ends of every chat with one bot; with a `state_file` it goes on after a restart.

    `on_said` is told what the bot says, `on_changed` what it edits, deletes and reacts to.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        state_file: Path | None = None,
        username: str = "slow_mailbox_bot",
    ) -> None:
        state = TelegramState(state_file, username=username)
        super().__init__(state=state, updates=Updates(state), clock=clock)
        self.on_said: Callable[[Said], None] = _ignore
        self.on_changed: Callable[[Changed], None] = _ignore
        self._methods = Methods(state=state, clock=clock, tell=self._tell)

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the HTTP status and the JSON of a call (https://core.telegram.org/bots/api).

        Parameters are values, or text as in a form's fields; a file is an `Upload`.
        """
        try:
            result = await self._result(method, Parameters(parameters))
        except ApiError as refusal:
            error = {"error_code": int(refusal.status), "description": str(refusal)}
            return refusal.status, _json({"ok": False, **error})
        return HTTPStatus.OK, _json({"ok": True, "result": result})

    async def confirmed(self, update_id: int) -> None:
        """Return once a `getUpdates` call has confirmed this update and all before it."""
        await self._updates.confirmed(update_id)

    @property
    def skipped(self) -> timedelta:
        """Return how far the clock was moved on when `remember_skipped` was last told."""
        return self._state.skipped

    def remember_skipped(self, skipped: timedelta) -> None:
        """Keep, over a restart, how far the clock was moved on."""
        self._state.skipped = skipped
        self._state.save()

    def _tell(self, event: Said | Changed) -> None:
        if isinstance(event, Said):
            self.on_said(event)
        else:
            self.on_changed(event)

    async def _result(self, method: str, parameters: Parameters) -> object:
        if method == "getUpdates":
            return await self._updates.get(parameters)
        result = self._methods.serve(method, parameters)
        self._state.save()
        return result


def _ignore(_: object) -> None:
    """Let it pass by."""


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode()
