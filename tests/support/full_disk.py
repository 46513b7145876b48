"""A full disk under the whole program, given back page by page: every write fails in its turn.

`python -m tests.support.full_disk FOLDER` lives through a limit on the size of files, which holds
for a whole process and so for one of its own, and prints what became of it as JSON.
"""

import asyncio
import json
import re
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from unittest import mock

from telegram.ext._utils import networkloop

from bot.app import App
from bot.local.messages import Message
from bot.locales import catalog
from bot.store.database import StoreError
from tests.support.app import Harness
from tests.support.clock import ManualClock
from tests.support.languages import ENGLISH
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram
from tests.support.watched import Tally

WORDS = "달리기 " * 990
NOT_KEPT = catalog(ENGLISH).say("store-failed")
PATIENCE = timedelta(seconds=20)
MOST_PAGES = 100
_WAL_HEADER, _WAL_FRAME = 32, 24 + 4096  # bytes, https://www.sqlite.org/fileformat2.html#walformat


class Disk(Protocol):
    """What room the store has."""

    async def leave(self, app: App, pages: int) -> None:
        """Leave room for so many pages more."""

    async def free(self, app: App) -> None:
        """Return all the room there is."""


class FewPages:
    """A database that may not grow (https://www.sqlite.org/pragma.html#pragma_max_page_count)."""

    async def leave(self, app: App, pages: int) -> None:
        """Leave the database the pages it has, and so many more."""
        [[now]] = await app.database._writer.execute_fetchall("PRAGMA page_count")
        await self._allow(app, now + pages)

    async def free(self, app: App) -> None:
        """Let it have as many as it likes."""
        await self._allow(app, 2**30)

    async def _allow(self, app: App, pages: int) -> None:
        await app.database._writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")


class ShortFiles:
    """Files that may not grow (setrlimit(2)), so that the log takes no more than so many pages."""

    async def leave(self, app: App, pages: int) -> None:
        """Empty the log into the database, and let it take so many pages."""
        await self.free(app)
        async with app.database._turns.alone():
            await app.database._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        self._allow(_WAL_HEADER + pages * _WAL_FRAME)

    async def free(self, app: App) -> None:
        """Let the files be as long as they like."""
        self._allow(resource.RLIM_INFINITY)

    def _allow(self, size: int) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a letter: how often the disk stood in its way, and what reached its person."""

    error: str = ""
    updates_refused: int = 0
    told_to_repeat: int = 0
    replies_held_up: int = 0
    sweeps_held_up: int = 0
    sealed_said: int = 0
    sealed_kept: int = 0
    unnoted: int = 0
    mails: int = 0
    reminders: int = 0
    doubts: int = 0
    drained: bool = False


class _Polling:
    """Stands in for asyncio in python-telegram-bot's polling: a pause lasts until it may end."""

    def __init__(self) -> None:
        self.pauses = Tally()
        self._over = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio, name)

    async def sleep(self, _: float) -> None:
        self.pauses.add()
        await self._over.wait()

    def go_on(self) -> None:
        self._over.set()
        self._over = asyncio.Event()


async def live_through(disk: Disk, harness: Harness, smtp_server: ScriptedSmtp) -> Outcome:
    """Lead a letter from `/write` to its second reminder on a disk that is full at every step."""
    polling = _Polling()
    with mock.patch.object(networkloop, "asyncio", polling):
        async with harness.app() as app:
            life = _Life(disk, app, harness, smtp_server, polling)
            try:
                return await life.run()
            finally:
                await disk.free(app)


class _Life:
    """One letter's way."""

    def __init__(
        self,
        disk: Disk,
        app: App,
        harness: Harness,
        server: ScriptedSmtp,
        polling: _Polling,
    ) -> None:
        self._disk = disk
        self._app = app
        self._harness = harness
        self._server = server
        self._polling = polling
        self._user = harness.user(app)
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        await self._handled("/start")
        async with self._app.database._turns.alone():
            # No page that an upgrade left free is room.
            await self._app.database._writer.execute_fetchall("VACUUM")
        await self._disk.leave(self._app, 0)
        self._outcome.error = await self._error()
        for text in ("/write", WORDS, "me@example.com"):
            await self._tell(text)
            await self._count_letters()
        await self._sweep_until(["email"])
        await self._tell(self._tap_on_first_link())
        self._harness.clock.advance(timedelta(days=7))
        await self._sweep_until(["chat", "email", "email"])
        await self._disk.free(self._app)
        await self._harness.pass_time(self._app, timedelta(days=23))
        await self._count_deliveries()
        return self._outcome

    async def _tell(self, text: str) -> None:
        """Say something, and say it again when asked to, with a page more each time."""
        for pages in range(MOST_PAGES):
            await self._disk.leave(self._app, pages)
            answers = await self._answered(text, pages)
            if NOT_KEPT not in [answer.text for answer in answers]:
                return
            self._outcome.told_to_repeat += 1
        raise AssertionError("nothing is taken though there is room")

    async def _answered(self, text: str, pages: int) -> list[Message]:
        handled = asyncio.create_task(self._handled(text))
        while not handled.done():
            seen = self._polling.pauses.value
            refused = asyncio.create_task(self._polling.pauses.reach(seen + 1))
            await asyncio.wait({handled, refused}, return_when=asyncio.FIRST_COMPLETED)
            if refused.done():
                self._outcome.updates_refused += 1
                pages += 1
                await self._disk.leave(self._app, pages)
                self._polling.go_on()
            refused.cancel()
        await handled
        while await self._app.database.reader.all("SELECT id FROM replies"):
            self._outcome.replies_held_up += 1
            pages += 1
            await self._disk.leave(self._app, pages)
            self._harness.clock.advance(PATIENCE)
            await self._app.answered()
        return [each for each in self._user.heard if each.id > self._user.last_own.id]

    async def _handled(self, text: str) -> None:
        telegram = self._user.telegram
        await telegram.confirmed(telegram.say(self._user.person, text))
        await self._app.answered()

    def _tap_on_first_link(self) -> str:
        text = self._server.accepted[0].message.get_body(("plain",))
        assert text is not None
        [link, *_] = re.findall(r"https://t\.me/\S+\?start=(\S+)", text.get_content())
        return f"/start {link}"

    async def _sweep_until(self, sent: list[str]) -> None:
        """Sweep, with a page more each time, until so many deliveries are sent on each channel."""
        for pages in range(MOST_PAGES):
            await self._disk.leave(self._app, pages)
            self._app.lane_runner.wake()
            await self._app.lane_runner.idle()
            arrived = len(self._server.accepted) + self._reminders()
            self._outcome.unnoted += arrived > len(await self._channels("sent", "in_flight"))
            if await self._channels("sent") == sent:
                return
            self._outcome.sweeps_held_up += 1
        raise AssertionError("nothing goes out though there is room")

    async def _channels(self, *states: str) -> list[str]:
        rows = await self._app.database.reader.all(
            "SELECT channel, state FROM deliveries ORDER BY channel"
        )
        return [row["channel"] for row in rows if row["state"] in states]

    async def _count_letters(self) -> None:
        rows = await self._app.database.reader.all("SELECT id FROM letters")
        said = sum("Sealed" in message.text for message in self._user.heard)
        assert said == len(rows), "said isn't stored"
        self._outcome.sealed_said, self._outcome.sealed_kept = said, len(rows)

    async def _count_deliveries(self) -> None:
        rows = await self._app.database.reader.all("SELECT state, doubts FROM deliveries")
        self._outcome.drained = {row["state"] for row in rows} == {"sent"}
        self._outcome.doubts = sum(row["doubts"] for row in rows)
        self._outcome.mails = len(self._server.accepted)
        self._outcome.reminders = self._reminders()

    def _reminders(self) -> int:
        return sum("ago" in message.text for message in self._user.heard)

    async def _error(self) -> str:
        """Return SQLite's name for what a write meets now."""
        try:
            async with self._app.database.transaction() as tx:
                await tx.run("CREATE TABLE probe (content TEXT) STRICT")
        except StoreError as error:
            return error.sqlite_errorname
        return ""


async def _main(folder: Path) -> Outcome:
    clock = ManualClock()
    telegram = ScriptedTelegram(clock=clock)
    async with ScriptedSmtp() as server:
        harness = Harness(folder=folder, clock=clock, smtp_port=server.port, telegram=telegram)
        return await live_through(ShortFiles(), harness, server)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_main(Path(sys.argv[1]))))))  # noqa: T201 - to the parent
