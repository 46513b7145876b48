"""The local mode's terminal: a person's lines go in, what comes of them is shown."""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.local.lines import lines_from
from bot.local.mailserver import Mail, MailServer
from bot.local.messages import Changed, Message, Said
from bot.local.telegram import Telegram
from bot.local.view import View
from bot.locales import Catalog

FIRST_PERSON = "you"
COMMAND = re.compile(r":(\w+)\s*(.*)", re.DOTALL)
SPAN = re.compile(r"(\d{1,4})([dhm])", re.ASCII)
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
LONGEST_NAME = 64


class Console:
    """Reads a line at a time and handles each to its end before the next.

    `settle` returns once every queued update is handled and everything due is out; `next_due`
    gives the next moment something falls due. The clock goes on from where it was left, so
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
        stdin: TextIO = sys.stdin,
        stdout: TextIO = sys.stdout,
        colour: bool = False,
    ) -> None:
        self._telegram = telegram
        self._mail_server = mail_server
        self._clock = clock
        self._settle = settle
        self._next_due = next_due
        self._lines = lines_from(stdin, stdout)
        self._echoes = not (stdin.isatty() and stdout.isatty())
        self._view = View(out=stdout, catalog=catalog, zone=zone, colour=colour)
        self._me = telegram.person(FIRST_PERSON)
        self._unseen: list[Said | Changed | Mail] = []
        self._reading = False
        self._over = False
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "press": self._press,
            "open": self._open,
            "mail": self._mail,
            "skip": self._skip,
            "as": self._speak_as,
            "lang": self._set_language,
            "help": self._help,
            "quit": self._quit,
        }
        clock.ahead = max(clock.ahead, telegram.skipped)
        telegram.on_said = self._happened
        telegram.on_changed = self._happened
        mail_server.on_mail = self._happened

    async def run(self) -> None:
        """Serve the terminal until its input ends or `:quit`; cancelled, it leaves it in order."""
        self._view.banner(self._mail_server.folder, self._clock.now())
        try:
            await self._settled()
            while not self._over and (line := await self._read()) is not None:
                await self._act(line)
        finally:
            self._lines.close()

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
            return await self._lines.read(self._view.prompt(self._me.name))
        finally:
            self._reading = False

    async def _act(self, line: str) -> None:
        if not line.strip():
            return
        if self._echoes:
            self._view.typed(self._me.name, line)
        if (command := COMMAND.fullmatch(line)) is None:
            await self._handled(self._telegram.say(self._me, line))
        elif (act := self._commands.get(command[1])) is None:
            self._view.note("local-unknown", command=f":{command[1]}")
        else:
            await act(command[2].strip())

    async def _press(self, label: str) -> None:
        if not label:
            self._view.note("local-press-what")
            return
        try:
            update_id = self._telegram.press(self._me, label)
        except LookupError:
            self._view.note("local-no-button", label=label)
            return
        await self._handled(update_id)

    async def _open(self, _: str) -> None:
        try:
            update_id = self._telegram.open(self._me, self._mail_server.newest_link() or "")
        except LookupError:
            self._view.note("local-no-link" if self._mail_server.mails() else "local-no-mail")
            return
        await self._handled(update_id)

    async def _mail(self, number: str) -> None:
        mails = self._mail_server.mails()
        wanted = [mail for mail in mails if str(mail.number) == number.lstrip("0")]
        if not mails:
            self._view.note("local-no-mail")
        elif not number:
            self._view.mails(mails)
        elif not wanted:
            self._view.note("local-no-such-mail", number=number)
        else:
            self._view.mail(wanted[0], self._mail_server.text(wanted[0].number))

    async def _skip(self, span: str) -> None:
        if (parsed := SPAN.fullmatch(span)) is None:
            self._view.note("local-skip-how")
            return
        target = self._clock.now() + int(parsed[1]) * UNITS[parsed[2]]
        await self._pass_what_falls_due(target)
        await self._move_to(target)
        self._show_unseen()
        self._view.time(self._clock.now())

    async def _pass_what_falls_due(self, target: datetime) -> None:
        """Stop at each moment something falls due, so that it goes out at its own hour."""
        last: datetime | None = None
        while (due := await self._next_due()) is not None and due <= target:
            if last is not None and due <= last:
                # It didn't go out at its hour, so it would hold the clock here for ever.
                return
            await self._move_to(due)
            if self._unseen:
                self._view.time(self._clock.now())
            self._show_unseen()
            last = due

    async def _move_to(self, moment: datetime) -> None:
        self._clock.move_to(moment)
        self._telegram.remember_skipped(self._clock.ahead)
        await self._settle()

    async def _speak_as(self, name: str) -> None:
        if not 0 < len(name) <= LONGEST_NAME or "\n" in name:
            self._view.note("local-as-how")
            return
        self._me = self._telegram.person(name)
        self._view.note("local-as", name=name)

    async def _set_language(self, code: str) -> None:
        if LANGUAGE_TAG.fullmatch(code) is None:
            self._view.note("local-lang-how")
            return
        self._me = self._telegram.set_language(self._me, code)
        self._view.note("local-lang", name=self._me.name, code=code)

    async def _help(self, _: str) -> None:
        self._view.note("local-help")

    async def _quit(self, _: str) -> None:
        self._over = True

    async def _handled(self, update_id: int) -> None:
        await self._telegram.confirmed(update_id)
        await self._settled()

    async def _settled(self) -> None:
        await self._settle()
        self._show_unseen()

    def _happened(self, event: Said | Changed | Mail) -> None:
        self._unseen.append(event)
        if self._reading:
            with self._lines.aside():
                self._show_unseen()

    def _show_unseen(self) -> None:
        """Show what happened: the chats first, whichever channel was quicker."""
        unseen, self._unseen = self._unseen, []
        for event in unseen:
            if isinstance(event, Said):
                self._view.said(event, to=self._addressee(event.message))
            elif isinstance(event, Changed):
                self._view.changed(event, to=self._addressee(event.message))
        for event in unseen:
            if isinstance(event, Mail):
                self._view.arrival(event)

    def _addressee(self, message: Message) -> str | None:
        if message.chat_id == self._me.id:
            return None
        person = self._telegram.person_in(message.chat_id)
        return person.name if person else str(message.chat_id)
