"""The local mode's terminal before a bot that echoes, for tests of the terminal itself."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import aiosmtplib
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.clock import MovableClock
from bot.local.console import Console
from bot.local.mailserver import MailServer
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.locales import Language, catalog
from tests.support.languages import ENGLISH

SEOUL = ZoneInfo("Asia/Seoul")
BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Seal it", callback_data="seal")]])


class FakeTerminal(io.StringIO):
    """Lines that a person types at a terminal, or what they see there."""

    def isatty(self) -> bool:
        return True


class EchoApp:
    """A bot that echoes, what falls due by itself, and the console in front of them."""

    def __init__(self, folder: Path, language: Language = ENGLISH) -> None:
        self.clock = MovableClock()
        self.telegram = Telegram(clock=self.clock, state_file=folder / "telegram.json")
        self.mail_server = MailServer(folder / "mail")
        self.language = language
        self.bot = Bot(
            "1:local",
            request=LocalRequest(self.telegram),
            get_updates_request=LocalRequest(self.telegram),
        )
        self.dues: list[datetime] = []
        self.went_out_at: list[datetime] = []
        self.stuck = False
        self.anew = False
        self.allowed_updates: Sequence[str] = Update.ALL_TYPES

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["EchoApp"]:
        """Serve the bot and its mail server."""
        await self.mail_server.start()
        await self.bot.initialize()
        serving = asyncio.create_task(self._serve())
        try:
            yield self
        finally:
            serving.cancel()
            await self.bot.shutdown()
            await self.mail_server.stop()

    def console(
        self,
        stdin: io.StringIO,
        stdout: io.StringIO,
        *,
        browse: Callable[[Path], object] | None = None,
        colour: bool = False,
    ) -> Console:
        return Console(
            telegram=self.telegram,
            mail_server=self.mail_server,
            clock=self.clock,
            catalog=catalog(self.language),
            zone=SEOUL,
            settle=self._settle,
            next_due=self._next_due,
            browse=browse,
            stdin=stdin,
            stdout=stdout,
            colour=colour,
        )

    async def type(
        self,
        *lines: str,
        end: str = "\n",
        colour: bool = False,
        by_hand: bool = False,
        browse: Callable[[Path], object] | None = None,
    ) -> str:
        """Return what the terminal shows for these lines, banner left out.

        `by_hand`: somebody types them at a terminal.
        """
        stream = FakeTerminal if by_hand else io.StringIO
        out = stream()
        typed = stream("\n".join(lines) + end)
        self.anew = await self.console(typed, out, browse=browse, colour=colour).run()
        time = f"{catalog(self.language).say('local-time')}> "
        return out.getvalue().split(time, 1)[-1].split("\n", 1)[-1]

    async def mail(self, text: str, *, html: str | None = None) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "b@localhost", "me@example.com", "Hi"
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        await aiosmtplib.send(
            message, hostname="127.0.0.1", port=self.mail_server.port, start_tls=False
        )

    async def _serve(self) -> None:
        """Answer each update before the next poll confirms it."""
        offset = 0
        while True:
            for update in await self.bot.get_updates(
                offset=offset, timeout=60, allowed_updates=self.allowed_updates
            ):
                await self._answer(update)
                offset = update.update_id + 1

    async def _answer(self, update: Update) -> None:
        if query := update.callback_query:
            await query.answer()
            await self.bot.send_message(query.from_user.id, "Sealed!")
        elif reaction := update.message_reaction:
            signs = [getattr(each, "emoji", "?") for each in reaction.new_reaction]
            await self.bot.send_message(reaction.chat.id, f"Felt {signs}")
        elif update.edited_message:
            await update.edited_message.reply_text(f"Now {update.edited_message.text!r}")
        elif update.message and update.message.text == "/mail":
            await self.mail("Tap https://t.me/slow_mailbox_bot?start=c-1")
        elif update.message:
            await update.message.reply_text(f"Got {_what(update.message)}", reply_markup=BUTTON)

    async def _settle(self) -> None:
        due = [moment for moment in self.dues if moment <= self.clock.now()]
        if self.stuck:
            return
        for moment in due:
            self.dues.remove(moment)
            self.went_out_at.append(self.clock.now())
            await self.mail("A reminder")
            await self.bot.send_message(self.telegram.person("you").id, "A reminder")

    async def _next_due(self) -> datetime | None:
        return min(self.dues, default=None)


def _what(message: Message) -> str:
    what = repr(message.text or message.caption)
    kinds = ("photo", "sticker", "voice", "forward_origin")
    of_kind = [kind for kind in kinds if getattr(message, kind)]
    to = message.reply_to_message
    return " ".join([what, *of_kind, *([f"to {to.text!r}"] if to else [])])
