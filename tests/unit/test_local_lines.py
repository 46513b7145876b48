import asyncio
import os
import pty
import signal
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.local.ansi import coloured
from bot.local.lines import PipedLines
from bot.local.view import DIM
from tests.support.talk import told

HANGS = 110  # seconds: shorter than a test may take, longer than any start of a program
ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, signal, sys
from pathlib import Path
from zoneinfo import ZoneInfo
from bot.clock import MovableClock
from bot.local.console import Console
from bot.local.mailserver import MailServer
from bot.local.telegram import Telegram
from bot.locales import Language, catalog
from tests.support.languages import ENGLISH

async def nothing():
    return None

async def main():
    clock = MovableClock()
    telegram = Telegram(clock=clock)
    console = Console(
        telegram=telegram, mail_server=MailServer(Path(sys.argv[1])), clock=clock,
        catalog=catalog(ENGLISH), zone=ZoneInfo("UTC"), settle=nothing, next_due=nothing,
        colour=True,
    )
    ping = {"chat_id": telegram.person("you").id, "text": "ping"}
    tasks = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGUSR1,
        lambda: tasks.append(asyncio.ensure_future(telegram.call("sendMessage", ping))),
    )
    await console.run()

# As a shell in the foreground starts a program, also where the tests run in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


class Terminal:
    """A pseudo-terminal with the console on it."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        self._before = self.settings()
        self._seen = b""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._master, self._read)

    async def start(self, folder: Path) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, str(folder)),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"},
            # Ctrl-C reaches those whose controlling terminal this is.
            preexec_fn=_take_the_terminal,
            start_new_session=True,
        )

    async def ended(self) -> int:
        async with asyncio.timeout(HANGS):
            return await self.process.wait()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        """Paste a text as terminals do that were asked to tell (xterm's bracketed paste)."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    async def shows(self, text: str) -> None:
        """Return once `text` is shown; what comes up to it is then forgotten."""
        async with asyncio.timeout(HANGS):
            while text.encode() not in self._seen:
                self._news.clear()
                await self._news.wait()
        self._seen = self._seen.split(text.encode(), 1)[1]

    def settings(self) -> tuple[int, int, int, int]:
        iflag, oflag, cflag, lflag, *_ = termios.tcgetattr(self._slave)
        return iflag, oflag, cflag, lflag

    def is_as_it_was(self) -> bool:
        return self.settings() == self._before

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)

    def _read(self) -> None:
        self._seen += os.read(self._master, 65536)
        self._news.set()


@asynccontextmanager
async def terminal(folder: Path) -> AsyncIterator[Terminal]:
    opened = Terminal()
    await opened.start(folder)
    try:
        yield opened
    finally:
        if opened.process.returncode is None:
            opened.process.kill()
        await opened.process.wait()
        opened.close()


def _take_the_terminal() -> None:
    import fcntl  # noqa: PLC0415 - runs in the child

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


async def test_ctrl_d_ends_it_cleanly(tmp_path: Path) -> None:
    async with terminal(tmp_path) as there:
        await there.shows("you> ")
        there.type(":as 민지\n")
        await there.shows("민지> ")
        there.type("\x04")
        assert await there.ended() == 0
        assert there.is_as_it_was()


async def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with terminal(tmp_path) as there:
        await there.shows("you> ")
        there.type("half a li")
        await there.shows("half a li")
        there.type("\x03")
        assert await there.ended() == -signal.SIGINT
        assert there.is_as_it_was()


async def test_what_arrives_while_typing_leaves_the_typed_words_standing(tmp_path: Path) -> None:
    async with terminal(tmp_path) as there:
        await there.shows("you> ")
        there.type(":hel")
        await there.shows(":hel")
        there.process.send_signal(signal.SIGUSR1)
        await there.shows("bot> \x1b[0mping")
        await there.shows("you> \x1b[0m:hel")
        there.type("p\n")
        await there.shows(":press TEXT")


async def test_what_arrives_leaves_many_rows_of_typed_words_standing(tmp_path: Path) -> None:
    async with terminal(tmp_path) as there:
        await there.shows("you> ")
        there.paste("Run\rand read\r" + "가" * 40)
        await there.shows("가" * 40)
        there.process.send_signal(signal.SIGUSR1)
        await there.shows("\x1b[3A\r\x1b[J")
        await there.shows("bot> \x1b[0mping")
        await there.shows("you> \x1b[0mRun\r\nand read\r\n" + "가" * 40)


async def test_a_text_pasted_with_its_line_breaks_is_one_line(tmp_path: Path) -> None:
    async with terminal(tmp_path) as there:
        await there.shows("you> ")
        there.paste(":press Run\rand read\r\r\ta page")
        there.type("\n")
        answer = told("local-no-button", label="Run\nand read\n\n\ta page")
        await there.shows(coloured(answer, DIM).replace("\n", "\r\n"))
        await there.shows("you> ")
        there.type(":help\n")
        await there.shows(told("local-help-paste"))


async def test_pasting_is_as_it_was_once_it_ends(tmp_path: Path) -> None:
    for end in ("\x03", "\x04"):
        async with terminal(tmp_path) as there:
            await there.shows("\x1b[?2004h")
            there.type(end)
            await there.ended()
            await there.shows("\x1b[?2004l")


async def test_a_pipe_is_not_read_ahead(tmp_path: Path) -> None:
    receiving, sending = os.pipe()
    with os.fdopen(receiving) as stdin, os.fdopen(sending, "wb") as there:
        lines = PipedLines(stdin)
        there.write("한글\r\n".encode() + b"\xff\nx\nlast")
        there.close()
        assert await lines.read("") == "한글"
        assert await lines.read("") == "\ufffd"
        assert os.read(receiving, 2) == b"x\n"
        assert await lines.read("") == "last"
        assert await lines.read("") is None


async def test_a_read_can_be_given_up(tmp_path: Path) -> None:
    receiving, sending = os.pipe()
    with os.fdopen(receiving) as stdin, os.fdopen(sending, "wb"):
        reading = asyncio.create_task(PipedLines(stdin).read(""))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
