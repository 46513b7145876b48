"""The servers of a campaign, which outlive every child."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

from bot.local.telegram import Telegram
from tests.support.bot_api import BotApiServer
from tests.support.settings import environ_of
from tests.support.smtp import Accepted, reply
from tests.support.smtpd import ScriptedSmtp

CAP = "1000000"
"""Of confirmation mails: a crowd at one domain is no abuse here."""


class CampaignSmtp(ScriptedSmtp):
    """A mail server that tells at once what it accepts; what it has told it forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.on_taken: Callable[[Accepted], None] = _ignore

    def take(self, message: Accepted) -> int:
        """Accept the message, and tell."""
        place = super().take(message)
        self.on_taken(message)
        return place


class Servers:
    """The mail server and the Bot API; `mails` and `messages` came in earlier lives."""

    def __init__(self, telegram: Telegram) -> None:
        self.smtp = CampaignSmtp()
        self.api = BotApiServer(telegram)
        self.mails = 0
        self.messages = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.smtp)
        await self._stack.enter_async_context(self.api)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings that lead to the servers."""
        return {
            **environ_of(smtp_port=self.smtp.port, api=self.api.origin),
            "LOG_LEVEL": "WARNING",
            "CAP_MAILS_HOUR": CAP,
            "CAP_MAILS_DOMAIN_HOUR": CAP,
            "CAP_MAILS_ADDRESS_HOUR": CAP,
            "CAP_MAILS_ADDRESS_DAY": CAP,
            "CAP_MAILS_PERSON_DAY": CAP,
        }

    def refuse(self, recipient: str) -> None:
        """Let the mail server know no such recipient."""
        self.smtp.refusals[recipient] = reply(550, "5.1.1")

    async def hung_up(self) -> None:
        """Return once every connection is hung up."""
        for server in (self.smtp, self.api):
            await server.wait_for_hang_ups(server.connections.value)

    async def fall_silent(self) -> None:
        """Return once nothing a client said is still being acted upon."""
        await self.hung_up()
        for server in (self.smtp, self.api):
            await server.wait_until_idle()

    def take_offsets(self) -> list[object]:
        """Return the offsets of the `getUpdates` calls, and forget all that was recorded."""
        polls = self.api.calls_of("getUpdates")
        self.mails += len(self.smtp.accepted)
        self.messages += sum(call.handled for call in self.api.calls_of("sendMessage"))
        self.smtp.accepted.clear()
        self.api.calls.clear()
        return [call.parameters.get("offset") for call in polls]


def _ignore(_: Accepted) -> None:
    """Let it pass by."""
