"""Replies on their way out: to each chat in order, to all chats side by side, until heard.

A reply is in the store, with what it tells of, before it comes here; so it outlives any outage of
Telegram's and any end of the program's. One that may have arrived is sent once more, and not a
third time; only what an end of the program cut off comes again each time.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Bot, InputFile
from telegram.error import TelegramError

from bot.botapi.budget import CallBudget
from bot.botapi.errors import Fault, Trouble, explain
from bot.botapi.sending import probe, send
from bot.clock import Clock
from bot.store import exporting, people, replies
from bot.store.database import Database, StoreError, Transaction
from bot.store.replies import OwedReply, Reply
from bot.text import Words

logger = logging.getLogger(__name__)

MOST_DOUBTS = 2
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 20.0  # seconds between attempts while Telegram fails
_ENDED = {Trouble.PERSON, Trouble.CONTENT}

_Write = Callable[[Transaction], Awaitable[None]]


class ReplySender:
    """Sends what is owed. Nobody's chat waits for another's, and no update for its answer."""

    def __init__(
        self, *, bot: Bot, database: Database, clock: Clock, budget: CallBudget, zone: ZoneInfo
    ) -> None:
        self._bot = bot
        self._database = database
        self._clock = clock
        self._budget = budget
        self._zone = zone
        self._lines: dict[int, deque[OwedReply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._rests = asyncio.Event()
        self._rests.set()
        self._stopping = False

    async def restore(self) -> None:
        """Send what an earlier run still owed. Raises StoreError."""
        async with self._database.transaction() as tx:
            await replies.end_flights(tx)
        self.send(await replies.owed(self._database.reader))

    def send(self, owed: Iterable[OwedReply]) -> None:
        """Send replies, each behind those that its chat is already owed."""
        for reply in owed:
            if reply.chat_id in self._lines:
                self._lines[reply.chat_id].append(reply)
            else:
                self._lines[reply.chat_id] = deque([reply])
                self._begin(self._work(reply.chat_id))

    def owed_to(self, chat_id: int) -> int:
        """Return how many replies a chat is still owed."""
        return len(self._lines.get(chat_id, ()))

    def send_unkept(self, chat_id: int, reply: Reply) -> None:
        """Try once to say what the store couldn't keep."""
        self._begin(self._try_once(chat_id, reply))

    def acknowledge(self, query_id: str) -> None:
        """Let a pressed button rest; Telegram refuses this for one pressed long ago."""
        self._begin(self._acknowledge(query_id))

    async def idle(self) -> None:
        """Return when nothing is left to do but wait for the time of another attempt."""
        await self._rests.wait()

    async def stop(self, grace: float) -> None:
        """Begin nothing more, and give what is under way `grace` seconds."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace if self._at_work else 0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._count(1)
        task = asyncio.create_task(work, name="reply")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._count(-1)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a reply was broken off by a fault of ours", exc_info=error)

    def _count(self, by: int) -> None:
        self._at_work += by
        if self._at_work:
            self._rests.clear()
        else:
            self._rests.set()

    async def _pause(self, seconds: float) -> None:
        self._count(-1)
        try:
            await self._clock.sleep(seconds)
        finally:
            self._count(1)

    async def _work(self, chat_id: int) -> None:
        """Send a chat's replies one after another, each until it is heard or refused."""
        line, pause = self._lines[chat_id], _FIRST_PAUSE
        while line and not self._stopping:
            after = await self._attempt(line)
            if after is None:
                line.popleft()
                pause = _FIRST_PAUSE
            else:
                await self._pause(after.total_seconds() or pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        del self._lines[chat_id]

    async def _attempt(self, line: deque[OwedReply]) -> timedelta | None:
        """Try the first of a line once.

        Returns None if that was the end of it, else how long Telegram asked to wait, if it did.
        """
        owed = line[0]
        if held := await self._budget.reply_slot(owed.chat_id):
            return held
        if owed.doubts and not await self._answers(owed.chat_id):
            return timedelta()
        if not await self._written(lambda tx: replies.mark_in_flight(tx, owed.id)):
            return timedelta()
        try:
            await self._say(owed)
        except TelegramError as error:
            fault = explain(error)
        except Exception as error:
            logger.exception("a reply failed by a fault of ours", extra={"reply": owed.id})
            fault = Fault(trouble=Trouble.CONTENT, reason=f"error-{type(error).__name__}")
        else:
            self._budget.success()
            await self._end(lambda tx: replies.remove(tx, owed.id))
            return None
        return await self._failed(line, fault)

    async def _failed(self, line: deque[OwedReply], fault: Fault) -> timedelta | None:
        owed = line[0]
        about = {"reason": fault.reason, "reply": owed.id}
        if fault.trouble in _ENDED:
            # Who blocks the bot, or a group where it may not speak, is no news; all else is a bug.
            usual = fault.trouble is Trouble.PERSON or owed.chat_id < 0
            level = logging.INFO if usual else logging.ERROR
            logger.log(level, "a reply is refused", extra=about)
            await self._end(lambda tx: _give_up(tx, owed, fault, self._clock))
            if owed.reply.instead and fault.trouble is Trouble.CONTENT:
                self.send_unkept(owed.chat_id, Reply(words=Words(owed.reply.instead)))
            return None
        if owed.doubts + fault.doubt >= MOST_DOUBTS:
            logger.warning("a reply may not have arrived", extra=about)
            await self._end(lambda tx: replies.remove(tx, owed.id))
            return None
        logger.info("a reply was not sent; it is tried again", extra=about)
        line[0] = replace(owed, doubts=owed.doubts + fault.doubt)
        await self._end(lambda tx: replies.mark_landed(tx, owed.id, doubt=fault.doubt))
        if fault.after is None:
            return timedelta()
        self._budget.flood(owed.chat_id, fault.after)
        return self._budget.held_for(owed.chat_id)

    async def _answers(self, chat_id: int) -> bool:
        """Return whether Telegram answers at all, before a second copy is sent."""
        try:
            await probe(self._bot, chat_id)
        except TelegramError as error:
            return explain(error).trouble in _ENDED
        return True

    async def _say(self, owed: OwedReply) -> None:
        reply = owed.reply
        if not reply.document:
            await send(self._bot, owed.chat_id, reply.words, reply.buttons)
            return
        now = self._clock.now()
        content = await exporting.export(self._database.reader, owed.chat_id, now)
        if content is not None:
            name = f"slow-mailbox-{now.astimezone(self._zone):%Y-%m-%d}.json"
            file = InputFile(content, filename=name)
            await self._bot.send_document(owed.chat_id, file, caption=reply.words.text)

    async def _end(self, write: _Write) -> None:
        """Write down how an attempt ended, however long the store takes to come back."""
        pause = _FIRST_PAUSE
        while not await self._written(write):
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _written(self, write: _Write) -> bool:
        try:
            async with self._database.transaction(urgent=True) as tx:
                await write(tx)
        except StoreError as error:
            logger.warning("a reply waits for the store", extra={"error": type(error).__name__})
            return False
        return True

    async def _try_once(self, chat_id: int, reply: Reply) -> None:
        if await self._budget.reply_slot(chat_id):
            return
        try:
            await send(self._bot, chat_id, reply.words, reply.buttons)
        except TelegramError as error:
            about = {"error": type(error).__name__}
            logger.warning("a reply that is not kept did not go out", extra=about)

    async def _acknowledge(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id)
        except TelegramError as error:
            about = {"error": type(error).__name__}
            logger.debug("a button press was not acknowledged", extra=about)


async def _give_up(tx: Transaction, owed: OwedReply, fault: Fault, clock: Clock) -> None:
    await replies.remove(tx, owed.id)
    if fault.trouble is Trouble.PERSON:
        await people.note_blocked(tx, owed.chat_id, clock.now())
