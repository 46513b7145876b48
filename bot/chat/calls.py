"""The calls of the Bot API that replies and what goes with them take; refusals are raised."""

from dataclasses import dataclass
from datetime import UTC, tzinfo

from telegram import Bot, InputFile

from bot.botapi import extras, sending
from bot.botapi.extras import Extra
from bot.clock import Clock
from bot.store import exporting, people
from bot.store.database import Database
from bot.store.people import Person
from bot.store.replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes the calls."""

    bot: Bot
    database: Database
    clock: Clock

    async def say(self, chat_id: int, reply: Reply) -> int | None:
        """Say it; returns the message that says it now. Raises NotEdited, and TelegramError."""
        if reply.document:
            return await self._hand_over(chat_id, reply)
        if reply.calendar is not None:
            content = reply.calendar.encode()
            return await self._send_file(chat_id, content, "slow-mailbox.ics", reply)
        if reply.edits is not None:
            await sending.edit(self.bot, chat_id, reply.edits, reply.words, reply.buttons)
            return reply.edits
        return await sending.send(
            self.bot,
            chat_id,
            reply.words,
            reply.buttons,
            reply_to=reply.reply_to,
            silent=reply.silent,
            hint=reply.hint,
        )

    async def add(self, chat_id: int, extra: Extra) -> None:
        """Make the call for what goes with an answer. Raises TelegramError."""
        await extras.add(self.bot, chat_id, extra)

    async def acknowledge(self, query_id: str) -> None:
        """Answer a callback query. Raises TelegramError."""
        await self.bot.answer_callback_query(query_id)

    async def probe(self, chat_id: int) -> None:
        """Make sure that Telegram answers, before a second copy is sent. Raises TelegramError."""
        await sending.probe(self.bot, chat_id)

    async def _hand_over(self, chat_id: int, reply: Reply) -> int | None:
        now = self.clock.now()
        async with self.database.long_reader() as session:
            content = await exporting.export(session, chat_id, now)
        if content is None:
            return None
        name = f"slow-mailbox-{now.astimezone(await self._zone_of(chat_id)):%Y-%m-%d}.json"
        return await self._send_file(chat_id, content, name, reply)

    async def _zone_of(self, person_id: int) -> tzinfo:
        """Return a person's zone; UTC of somebody who was erased meanwhile."""
        row = await people.row_of(self.database.reader, person_id)
        return Person.from_row(row).zone if row else UTC

    async def _send_file(self, chat_id: int, content: bytes, name: str, reply: Reply) -> int:
        file = InputFile(content, filename=name)
        sent = await self.bot.send_document(chat_id, file, caption=reply.words.text)
        return sent.message_id
