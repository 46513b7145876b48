"""A few connections to the mail server, kept between letters."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.delivery.smtp import Limits, Session
from bot.delivery.smtp_login import Login
from bot.settings import Security, SmtpSettings


class Pool:
    """Connections made on demand, retired after so many letters or idleness.

    As many are open at once as are lent out, so whoever borrows bounds their number. They share
    the `login`.
    """

    def __init__(self, settings: SmtpSettings, clock: Clock, limits: Limits | None = None) -> None:
        self._settings = settings
        self.login = Login(settings, clock)
        self._clock = clock
        self._limits = limits or Limits()
        self._idle: list[tuple[float, Session]] = []
        secure = settings.security is not Security.NONE
        self._context = ssl.create_default_context(cafile=settings.ca_file) if secure else None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Lend a connection, kept afterwards only if it is still usable. Raises SmtpFailure."""
        session = await self._take()
        try:
            yield session
        finally:
            await self._give_back(session)

    async def rest(self) -> None:
        """Take leave on the connections that have been idle too long."""
        oldest = self._clock.monotonic() - self._limits.idle
        stale = [session for since, session in self._idle if since <= oldest]
        self._idle = [(since, session) for since, session in self._idle if since > oldest]
        await asyncio.gather(*(session.quit() for session in stale))

    async def close(self) -> None:
        """Take leave on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(session.quit() for _, session in idle))

    async def _take(self) -> Session:
        await self.rest()
        if self._idle:
            return self._idle.pop()[1]
        return await Session.open(self._settings, self.login, self._context, self._limits)

    async def _give_back(self, session: Session) -> None:
        if not session.usable:
            session.close()
        elif session.letters >= self._limits.letters:
            await session.quit()
        else:
            self._idle.append((self._clock.monotonic(), session))
