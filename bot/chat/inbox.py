"""Updates on their way in: kept before Telegram is told so, and handled once.

The polling loop confirms a batch of updates to Telegram with its next call, so a batch that is in
the store before the polling loop sees it leaves no moment at which a kill could lose any of it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from telegram import Update
from telegram.error import NetworkError
from telegram.ext import ExtBot

from bot.botapi.wire import Origin, WireUpdate, origin_of
from bot.chat.notices import Notices
from bot.chat.rate_limiter import RateLimiter, Verdict
from bot.chat.replies import ReplySender
from bot.clock import Clock
from bot.precedence import Precedence
from bot.store import inbox, people
from bot.store.database import Database, StoreError, Transaction, name_of_error

logger = logging.getLogger(__name__)

MOST_OPEN = 500
"""How many updates are handled or wait for it; Telegram keeps all others for a day."""

MOST_OWED = 100
"""Replies owed to a chat, as Telegram takes none, at which nothing more from there is answered."""


class Inbox(asyncio.Queue[object]):
    """python-telegram-bot's queue of updates, with the store behind it."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        limiter: RateLimiter,
        notices: Notices,
        replies: ReplySender,
        precedence: Precedence,
    ) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._notices = notices
        self._replies = replies
        self._precedence = precedence
        self._verdicts: dict[int, Verdict] = {}
        self._open: set[int] = set()
        self._restored: set[int] = set()
        self._too_many: set[int] = set()
        self._unheard: set[int] = set()
        self._one_restored = asyncio.Lock()
        self._room = asyncio.Semaphore(MOST_OPEN)

    async def receive(self, wires: Sequence[WireUpdate], bot: ExtBot[None]) -> tuple[Update, ...]:
        """Keep a batch of updates; returns each, or only its number where it isn't to be handled.

        That is one received before, one that can't be read, or one too many of one person's. One
        commit keeps them all; what is dropped costs none. Raises NetworkError when the store fails,
        upon which the polling loop asks Telegram for the batch again, later.
        """
        with self._precedence.answering():
            return await self._received(wires, bot)

    async def _received(self, wires: Sequence[WireUpdate], bot: ExtBot[None]) -> tuple[Update, ...]:
        verdicts = {wire["update_id"]: self._judge(wire) for wire in wires}
        passed = [wire for wire in wires if verdicts[wire["update_id"]] is not Verdict.DROP]
        read = {wire["update_id"]: update for wire in passed if (update := _read(wire, bot))}
        too_many = {number for number in read if verdicts[number] is Verdict.WARN}
        kept = [w for w in passed if w["update_id"] in read and w["update_id"] not in too_many]
        fresh = await self._keep(kept) if kept else set()
        self._verdicts.clear()
        self._too_many |= too_many
        handled = fresh | too_many
        return tuple(read[n] if n in handled else Update(n) for n in verdicts)

    async def put(self, item: object) -> None:
        """Queue an update, once there is room; one of which only the number is known is let go."""
        if isinstance(item, Update):
            if item.effective_user is None:
                return
            if item.update_id not in self._restored:
                await self._room.acquire()
            self._open.add(item.update_id)
        await super().put(item)

    async def restore(self, bot: ExtBot[None]) -> None:
        """Queue what an earlier run received and didn't get round to; put aside what ended it."""
        for left in await inbox.left_open(self._database.reader):
            update = None if left.begun else _read(left.wire, bot)
            if update is not None:
                self._restored.add(update.update_id)
                await self.put(update)
                continue
            async with self._database.transaction() as tx:
                await inbox.mark_handled(tx, left.id)
                owed = await self._notices.put_aside(tx, left)
            logger.error("an update is put aside", extra={"update": left.id})
            self._replies.send(owed)

    @asynccontextmanager
    async def handling(self, update: Update) -> AsyncIterator[bool]:
        """Note that an update is being handled, and at the end that it was.

        Returns False for one too many of its sender's, who is told so in place of an answer.

        Those that an earlier run left open are handled one at a time, each noted first: one that
        ends the program again is known by that.
        """
        try:
            with self._precedence.answering():
                if update.update_id in self._restored:
                    async with self._one_restored:
                        await self._write_down(update.update_id, begun=True)
                        yield True
                elif update.update_id in self._too_many:
                    await self._warn(update)
                    yield False
                else:
                    yield True
            if update.update_id in self._open:
                await self._write_down(update.update_id)
        finally:
            self.note_handled(update.update_id)
            self._too_many.discard(update.update_id)
            if update.update_id in self._restored:
                self._restored.discard(update.update_id)
            else:
                self._room.release()

    def note_handled(self, update_id: int) -> None:
        """Note that the store knows an update to be handled."""
        self._open.discard(update_id)

    async def close(self) -> None:
        """Note that this run ends in good order, if the store can."""
        try:
            async with self._database.transaction() as tx:
                await inbox.clear_begun(tx)
        except StoreError as error:
            about = {"error": name_of_error(error)}
            logger.warning("the end in good order is not noted", extra=about)

    def _judge(self, wire: WireUpdate) -> Verdict:
        """Return what becomes of an update; the same for one that the store couldn't keep."""
        number, origin = wire["update_id"], origin_of(wire)
        if origin is None or not origin.asks:
            return Verdict.DROP
        if number not in self._verdicts:
            self._verdicts[number] = self._verdict_on(origin)
        return self._verdicts[number]

    def _verdict_on(self, origin: Origin) -> Verdict:
        verdict = self._limiter.judge(origin.person_id)
        if verdict is not Verdict.PASS:
            return verdict
        if not origin.private and self._limiter.judge(origin.chat_id) is not Verdict.PASS:
            return Verdict.DROP
        if self._replies.owed_to(origin.chat_id) < MOST_OWED:
            self._unheard.discard(origin.chat_id)
            return Verdict.PASS
        if origin.chat_id in self._unheard or not origin.private:
            return Verdict.DROP
        self._unheard.add(origin.chat_id)
        return Verdict.WARN

    async def _warn(self, update: Update) -> None:
        """Tell somebody to wait; it comes behind the answers to what they sent before."""
        self.note_handled(update.update_id)
        try:
            async with self._database.transaction() as tx:
                owed = await self._notices.flood(tx, update)
        except StoreError as error:
            about = {"error": name_of_error(error)}
            logger.warning("nobody was told of a flood", extra=about)
        else:
            self._replies.send(owed)

    async def _keep(self, passed: list[WireUpdate]) -> set[int]:
        try:
            async with self._database.transaction() as tx:
                fresh = await inbox.receive(tx, passed, self._clock.now())
                for wire in passed:
                    await _touch_person(tx, wire)
        except StoreError as error:
            logger.warning("updates wait at Telegram", extra={"error": name_of_error(error)})
            raise NetworkError("the updates could not be kept") from None
        return fresh

    async def _write_down(self, update_id: int, *, begun: bool = False) -> None:
        """Store that an update is begun, or handled; where that fails, it is seen once more."""
        write = inbox.mark_begun if begun else inbox.mark_handled
        try:
            async with self._database.transaction() as tx:
                await write(tx, update_id)
        except StoreError as error:
            about = {"update": update_id, "error": name_of_error(error)}
            logger.warning("an update stays open", extra=about)


async def _touch_person(tx: Transaction, wire: WireUpdate) -> None:
    """Note that whoever writes in private doesn't block the bot; in a group they may."""
    origin = origin_of(wire)
    if origin is not None and origin.private:
        await people.touch_person(tx, origin.person_id, language=origin.language)


def _read(wire: WireUpdate, bot: ExtBot[None]) -> Update | None:
    """Return an update as python-telegram-bot has it; None for one that it can't read.

    One of another version of the Bot API may be, and must make the bot deaf to no other.
    """
    try:
        return Update.de_json(wire, bot)
    except Exception:
        about = {"update": wire["update_id"]}
        logger.exception("an update can't be read and is passed over", extra=about)
        return None
