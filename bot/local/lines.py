"""Lines from whoever drives the local mode: a terminal or a pipe."""

import asyncio
import io
import os
import readline
import shutil
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Protocol, TextIO

from bot.local.ansi import STYLE, width

PASTES_APART = "\x1b[?2004l"  # what ends bracketed paste (xterm's control sequences)


class Lines(Protocol):
    """Where lines come from. `pastes_whole`: a text pasted with line breaks is one line of them."""

    pastes_whole: bool

    async def read(self, prompt: str, /) -> str | None:
        """Return the next line without its end, or None where there are no more."""

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Make room for output while a line is being typed."""
        yield

    def close(self) -> None:
        """Leave the terminal as it was."""


def lines_from(stdin: TextIO, stdout: TextIO) -> Lines:
    """Return the lines of the process's own terminal if these are it, else of a pipe or file."""
    ours = stdin is sys.stdin and stdout is sys.stdout
    return TerminalLines() if ours and stdin.isatty() and stdout.isatty() else PipedLines(stdin)


class PipedLines:
    """Lines of a pipe or file, in UTF-8, read as they are asked for and not ahead."""

    pastes_whole = False

    def __init__(self, stdin: TextIO) -> None:
        self._stdin = stdin
        self._raw: io.FileIO | None = None
        with suppress(io.UnsupportedOperation):
            # Unbuffered: a thread that waits in a buffered read holds a lock that the
            # interpreter needs at its exit.
            self._raw = io.FileIO(stdin.fileno(), closefd=False)

    async def read(self, _prompt: str, /) -> str | None:
        """Return the next line without its end, or None where there are no more."""
        line = await _in_daemon_thread(self._next)
        return line.rstrip("\r\n") if line else None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Do nothing: output is never in a pipe's way."""
        yield

    def close(self) -> None:
        """Do nothing: a pipe has no state."""

    def _next(self) -> str:
        if self._raw is None:
            return self._stdin.readline()
        return self._raw.readline().decode("utf-8", "replace")


class TerminalLines:
    """Lines typed at the terminal, with history and editing."""

    def __init__(self) -> None:
        # Only GNU readline has bracketed paste, and Python turns it off there (bpo-42819).
        self.pastes_whole = "libedit" not in (readline.__doc__ or "")
        if self.pastes_whole:
            readline.parse_and_bind("set enable-bracketed-paste on")
        self._prompt: str | None = None
        self._settings = termios.tcgetattr(sys.stdin.fileno())

    async def read(self, prompt: str, /) -> str | None:
        """Return the next line without its end, or None after Ctrl-D."""
        self._prompt = prompt
        line = None
        try:
            line = await _in_daemon_thread(lambda: input(_for_readline(prompt)))
        except asyncio.CancelledError:
            self._give_up()
            raise
        finally:
            self._prompt = None
            if line is None:
                sys.stdout.write("\n")
        return line

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Clear what is being typed, and write it anew below what is shown meanwhile."""
        if self._prompt is None:
            yield
            return
        typed = self._prompt + readline.get_line_buffer()
        if above := _rows(typed) - 1:
            sys.stdout.write(f"\x1b[{above}A")
        sys.stdout.write("\r\x1b[J")
        yield
        sys.stdout.write(typed)
        sys.stdout.flush()

    def close(self) -> None:
        """Leave the terminal as it was: a read that was given up can't do it itself."""
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._settings)

    def _give_up(self) -> None:
        if self.pastes_whole and os.environ.get("TERM") != "dumb":
            sys.stdout.write(PASTES_APART)


async def _in_daemon_thread(read: Callable[[], str]) -> str | None:
    """Return the result of `read`, None at the end; cancelled, it leaves the thread behind."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[str | None] = loop.create_future()

    def deliver(line: str | None) -> None:
        if not outcome.done():
            outcome.set_result(line)

    def run() -> None:
        try:
            line: str | None = read()
        except (EOFError, OSError, ValueError):
            line = None
        # The loop may be gone by the time a line comes.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, line)

    Thread(target=run, name="lines", daemon=True).start()
    return await outcome


def _for_readline(prompt: str) -> str:
    """Return a prompt with what takes no columns marked, so that readline knows its width."""
    return STYLE.sub("\001\\g<0>\002", prompt)


def _rows(text: str) -> int:
    """Return how many rows of the terminal a text takes, with the cursor behind it."""
    columns = shutil.get_terminal_size().columns
    return sum(width(line) // columns + 1 for line in text.split("\n"))
