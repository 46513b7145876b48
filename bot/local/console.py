"""The local mode's terminal: a person's lines go in, what comes of them is shown."""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.local.apps import BotBlocked
from bot.local.commands import COMMANDS
from bot.local.lines import lines_from
from bot.local.mailserver import Mail, MailServer
from bot.local.messages import Changed, Said
from bot.local.session import Session
from bot.local.telegram import Telegram
from bot.local.view import View
from bot.locales import Catalog

FIRST_PERSON = "you"
COMMAND = re.compile(r":(\w+)\s*(.*)", re.DOTALL)


class Console:
    """Reads a line at a time and handles each to its end before the next.

    `settle`, `next_due` and `browse` are a Session's. The clock goes on from where it was left, so
    build the console before anything asks the clock.
    """

    def __init__(
        self,
        *,
        telegram: Telegram,
        mail_server: MailServer,
        clock: MovableClock,
        catalog: Catalog,
        zone: ZoneInfo,
        settle: Callable[[], Awaitable[None]],
        next_due: Callable[[], Awaitable[datetime | None]],
        browse: Callable[[Path], object] | None = None,
        stdin: TextIO = sys.stdin,
        stdout: TextIO = sys.stdout,
        colour: bool = False,
    ) -> None:
        self._lines = lines_from(stdin, stdout)
        self._in_terminal = stdin.isatty() and stdout.isatty()
        self._catalog = catalog
        self._view = View(out=stdout, catalog=catalog, zone=zone, colour=colour)
        self._session = Session(
            telegram=telegram,
            mail_server=mail_server,
            clock=clock,
            view=self._view,
            me=telegram.person(FIRST_PERSON),
            settle=settle,
            next_due=next_due,
            confirm=self._confirm,
            browse=browse,
            pastes_whole=self._lines.pastes_whole,
        )
        self._reading = False
        clock.ahead = max(clock.ahead, telegram.skipped)
        telegram.on_said = self._happened
        telegram.on_changed = self._happened
        mail_server.on_mail = self._happened

    async def run(self) -> bool:
        """Serve the terminal until its input ends or `:quit`; cancelled, it leaves it in order.

        Returns whether everything should be erased and begun anew.
        """
        session = self._session
        self._view.banner(session.mail_server.folder, session.clock.now())
        try:
            await session.settled()
            while not session.over and (line := await self._read()) is not None:
                await self._act(line)
        finally:
            self._lines.close()
        return session.anew

    async def _read(self) -> str | None:
        """Return the next line; one that ends in a backslash goes on in the next."""
        read = await self._read_one()
        whole = read
        while read is not None and whole is not None and whole.endswith("\\"):
            read = await self._read_one()
            whole = f"{whole[:-1]}\n{read or ''}"
        return whole

    async def _read_one(self) -> str | None:
        self._reading = True
        try:
            return await self._lines.read(self._view.prompt(self._session.me.name))
        finally:
            self._reading = False

    async def _act(self, line: str) -> None:
        if not line.strip():
            return
        if not self._in_terminal:
            self._view.typed(self._session.me.name, line)
        try:
            await self._carry_out(line)
        except BotBlocked:
            self._view.note("local-blocked")

    async def _carry_out(self, line: str) -> None:
        session = self._session
        if (command := COMMAND.fullmatch(line)) is None:
            await session.handled(session.telegram.say(session.me, line))
        elif (act := COMMANDS.get(command[1])) is None:
            self._view.note("local-unknown", command=f":{command[1]}")
        else:
            await act(session, command[2].strip())

    async def _confirm(self) -> bool:
        """Return whether a person at a terminal says yes; a pipe means what it says."""
        if not self._in_terminal:
            return True
        self._view.note("local-fresh-ask", folder=self._session.folder)
        answer = await self._read_one()
        return answer is not None and answer.strip().casefold() == self._catalog.say("local-yes")

    def _happened(self, event: Said | Changed | Mail) -> None:
        self._session.happened(event)
        if self._reading:
            with self._lines.aside():
                self._session.show_news()
