"""Replies on their way out: to each chat in order, to all chats side by side, until heard.

A reply is in the store, with what it tells of, before it comes here; so it outlives any outage of
Telegram's and any end of the program's. One that may have arrived is sent once more, and not a
third time; only what an end of the program cut off comes again each time, and what edits a message,
which does no harm. What goes with an answer, a reaction say, takes its turn behind it and is tried
once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.botapi.budget import CallBudget
from bot.botapi.errors import Fault, Trouble, explain
from bot.botapi.extras import Extra
from bot.botapi.sending import NotEdited
from bot.chat.calls import Calls
from bot.chat.sent_once import SentOnce
from bot.clock import Clock
from bot.precedence import Precedence
from bot.store import people, replies
from bot.store.database import Database, StoreError, Transaction, name_of_error
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
        self,
        *,
        bot: Bot,
        database: Database,
        clock: Clock,
        budget: CallBudget,
        precedence: Precedence,
    ) -> None:
        self._calls = Calls(bot=bot, database=database, clock=clock)
        self._once = SentOnce(calls=self._calls, budget=budget)
        self._database = database
        self._clock = clock
        self._budget = budget
        self._precedence = precedence
        self._lines: dict[int, deque[OwedReply | Extra]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._rests = asyncio.Event()
        self._rests.set()
        self._stopping = False

    async def restore(self) -> None:
        """Send what an earlier run still owed. Raises StoreError."""
        async with self._database.transaction() as tx:
            await replies.end_flights(tx)
            await replies.give_up_unreadable(tx)
        self.send(await replies.owed(self._database.reader))

    def send(self, owed: Iterable[OwedReply]) -> None:
        """Send replies, each behind those that its chat is already owed."""
        for reply in owed:
            self._put_in_line(reply.chat_id, reply)

    def add(self, chat_id: int, extras: Iterable[Extra]) -> None:
        """Queue what goes with an answer behind all that the chat is owed; it may be lost."""
        for extra in extras:
            self._put_in_line(chat_id, extra)

    def owed_to(self, chat_id: int) -> int:
        """Return how many replies a chat is still owed."""
        return sum(isinstance(each, OwedReply) for each in self._lines.get(chat_id, ()))

    def send_unkept(self, chat_id: int, reply: Reply) -> None:
        """Try once to say what the store couldn't keep."""
        self._begin(self._once.say(chat_id, reply))

    def acknowledge(self, query_id: str) -> None:
        """Answer a callback query; Telegram refuses this for a button pressed long ago."""
        self._begin(self._once.acknowledge(query_id))

    async def idle(self) -> None:
        """Return once every reply was tried and nothing is left but to wait for another attempt."""
        await self._rests.wait()

    async def stop(self, grace: float) -> None:
        """Begin nothing more, and wait `grace` seconds for what is under way."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace if self._at_work else 0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _put_in_line(self, chat_id: int, what: OwedReply | Extra) -> None:
        if chat_id in self._lines:
            self._lines[chat_id].append(what)
        else:
            self._lines[chat_id] = deque([what])
            self._begin(self._work(chat_id))

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
            first = line[0]
            if not isinstance(first, OwedReply):
                await self._once.add(chat_id, first)
                line.popleft()
            elif (still_owed := await self._attempt(first)) is None:
                line.popleft()
                pause = _FIRST_PAUSE
            else:
                line[0] = still_owed
                await self._pause(self._budget.held_for(chat_id).total_seconds() or pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        del self._lines[chat_id]

    async def _attempt(self, owed: OwedReply) -> OwedReply | None:
        """Try a reply once; returns it as it is still owed, or None if that was the end of it."""
        if await self._budget.reply_slot(owed.chat_id):
            return owed
        if owed.doubts and not await self._answers(owed.chat_id):
            return owed
        try:
            with self._precedence.answering():
                async with self._database.transaction(urgent=True) as tx:
                    departing = await replies.depart(tx, owed)
        except StoreError as error:
            _log_waiting(error)
            return owed
        return await self._say(departing) if departing else None

    async def _say(self, owed: OwedReply) -> OwedReply | None:
        """Say a reply that is noted to be in flight; returns what `_attempt` does."""
        try:
            message_id = await self._calls.say(owed.chat_id, owed.reply)
        except NotEdited:
            if owed.reply.closes:
                await self._end(lambda tx: replies.remove(tx, owed))
                return None
            return await self._attempt(await self._as_new(owed))
        except TelegramError as error:
            return await self._failed(owed, explain(error))
        except Exception as error:
            logger.exception("a reply failed by a fault of ours", extra={"reply": owed.id})
            reason = f"error-{type(error).__name__}"
            return await self._failed(owed, Fault(trouble=Trouble.CONTENT, reason=reason))
        self._budget.success()
        await self._end(lambda tx: replies.land(tx, owed, message_id))
        return None

    async def _as_new(self, owed: OwedReply) -> OwedReply:
        """Owe a new message in place of an edit that Telegram refuses."""
        new = replace(owed, reply=replace(owed.reply, edits=None), doubts=0)
        await self._end(lambda tx: replies.say_anew(tx, new))
        return new

    async def _failed(self, owed: OwedReply, fault: Fault) -> OwedReply | None:
        doubt = fault.doubt and owed.reply.edits is None  # what edits does no harm a second time
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
        if owed.doubts + doubt >= MOST_DOUBTS:
            logger.warning("a reply may not have arrived", extra=about)
            await self._end(lambda tx: replies.remove(tx, owed))
            return None
        logger.info("a reply was not sent; it is tried again", extra=about)
        await self._end(lambda tx: replies.mark_landed(tx, owed.id, doubt=doubt))
        if fault.after is not None:
            self._budget.flood(owed.chat_id, fault.after)
        return replace(owed, doubts=owed.doubts + doubt)

    async def _answers(self, chat_id: int) -> bool:
        """Return whether Telegram answers at all, before a second copy is sent."""
        try:
            await self._calls.probe(chat_id)
        except TelegramError as error:
            return explain(error).trouble in _ENDED
        return True

    async def _end(self, write: _Write) -> None:
        """Store how an attempt ended; if the store fails, try until it doesn't."""
        pause = _FIRST_PAUSE
        while not await self._written(write):
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _written(self, write: _Write) -> bool:
        try:
            async with self._database.transaction(urgent=True) as tx:
                await write(tx)
        except StoreError as error:
            _log_waiting(error)
            return False
        return True


def _log_waiting(error: StoreError) -> None:
    logger.warning("a reply waits for the store", extra={"error": name_of_error(error)})


async def _give_up(tx: Transaction, owed: OwedReply, fault: Fault, clock: Clock) -> None:
    await replies.remove(tx, owed)
    if fault.trouble is Trouble.PERSON:
        await people.note_blocked(tx, owed.chat_id, clock.now())
