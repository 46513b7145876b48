"""Connections to the mail server: as many as it takes, kept between letters."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.delivery.smtp import Limits, Session, SmtpFailure
from bot.delivery.smtp_login import Login
from bot.settings import Security, SmtpSettings

_FIRST_STEP, _LONGEST_STEP = 20, 640  # letters that go before one more connection is tried


class Pool:
    """Connections made on demand, retired after so many letters or idleness; they share a `login`.

    Where the server takes no more of them, those that stand go on alone, and after some letters one
    more is tried, later and later if it is refused again. While it takes two or more, one is left
    to what may not wait for others.
    """

    def __init__(self, settings: SmtpSettings, clock: Clock, limits: Limits | None = None) -> None:
        self._settings = settings
        self.login = Login(settings, clock)
        self._clock = clock
        self._limits = limits or Limits()
        self._idle: list[tuple[float, Session]] = []
        secure = settings.security is not Security.NONE
        self._context = ssl.create_default_context(cafile=settings.ca_file) if secure else None
        self._allowed = settings.connections
        self._step, self._letters, self._tries_more = _FIRST_STEP, 0, False
        self._lent = self._opening = 0
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def session(self, *, waits: bool = False) -> AsyncIterator[Session]:
        """Lend a connection, kept afterwards only if it is still usable. Raises SmtpFailure.

        `waits`: it leaves the last free one to others.
        """
        session = await self._take(waits=waits)
        letters = session.letters
        try:
            yield session
        finally:
            await self._give_back(session, letters)

    def is_refused(self, failure: SmtpFailure) -> bool:
        """Return whether a connection was only one too many: others stand, and may do."""
        if not (failure.too_many and self._standing):
            return False
        self._allowed = min(self._allowed, self._standing + self._opening)
        self._letters = 0
        if self._tries_more:
            self._step = min(self._step * 2, _LONGEST_STEP)
        self._tries_more = False
        return True

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

    @property
    def _standing(self) -> int:
        return self._lent - self._opening + len(self._idle)

    async def _take(self, *, waits: bool) -> Session:
        while True:
            await self._have_room(waits=waits)
            self._lent += 1
            try:
                return await self._idle_or_new()
            except BaseException as end:
                self._lent -= 1
                self._tell()
                if not (isinstance(end, SmtpFailure) and await self._others_stand(end)):
                    raise

    async def _have_room(self, *, waits: bool) -> None:
        await self.rest()
        while self._lent >= self._allowed - (waits and self._allowed > 1):
            await self._changed.wait()

    async def _idle_or_new(self) -> Session:
        if self._idle:
            return self._idle.pop()[1]
        self._opening += 1
        try:
            return await Session.open(self._settings, self.login, self._context, self._limits)
        finally:
            self._opening -= 1
            self._tell()

    async def _others_stand(self, failure: SmtpFailure) -> bool:
        """Return `is_refused`, once it is known of those that are just being opened."""
        while failure.too_many and self._opening and not self._standing:
            await self._changed.wait()
        return self.is_refused(failure)

    async def _give_back(self, session: Session, letters: int) -> None:
        self._note_letters(session.letters - letters)
        try:
            if not session.usable:
                session.close()
            elif session.letters >= self._limits.letters or self._standing > self._allowed:
                await session.quit()
            else:
                self._idle.append((self._clock.monotonic(), session))
        finally:
            self._lent -= 1
            self._tell()

    def _note_letters(self, number: int) -> None:
        if self._allowed == self._settings.connections:
            return
        self._letters += number
        if self._letters >= self._step:
            self._allowed, self._letters, self._tries_more = self._allowed + 1, 0, True

    def _tell(self) -> None:
        """Let those who wait look once more."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
