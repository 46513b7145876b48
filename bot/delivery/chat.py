"""The transport of the chat channel: Telegram messages."""

from dataclasses import replace
from datetime import timedelta

from telegram import Bot
from telegram.error import TelegramError

from bot.botapi.budget import CallBudget
from bot.botapi.departures import reminding
from bot.botapi.errors import Fault, explain
from bot.botapi.sending import probe, send
from bot.clock import Clock
from bot.delivery.outcome import Abandoned, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.telegram_errors import outcome_of
from bot.delivery.transport import BeforeSend
from bot.letters import Channel, is_night
from bot.locales import Language, catalog, language_of
from bot.messages.message import ChatMessage, ChatText, Sending
from bot.store.deliveries import Delivery

WAITS = "telegram-chat-waits"
"""The reason of a reminder whose chat was sent another message just now, or is to be sent none."""


class ChatTransport:
    """Brings messages to people's private chats with the bot."""

    channel = Channel.CHAT
    at_once = under_way = 400  # slow answers don't lower the rate that the call budget allows
    claimed_together = 1  # for each of its slots

    def __init__(self, bot: Bot, *, clock: Clock, language: Language, budget: CallBudget) -> None:
        self._bot = bot
        self._clock = clock
        self._language = language
        self._budget = budget

    async def turn(self) -> timedelta:
        """Wait for a reminder's slot; returns how long Telegram holds all chats, or zero."""
        return await self._budget.reminder_slot()

    async def send(self, delivery: Delivery, before_send: BeforeSend) -> Outcome:
        """Try once. Raises what `before_send` does."""
        if not isinstance(delivery.message, ChatMessage):
            raise TypeError("a message that is never said in the chat")
        text = delivery.message.in_chat(self._sending(delivery))
        if wait := self._budget.chat_wait(delivery.person.id):
            return Later(reason=WAITS, after=wait, alone=True)
        if delivery.doubts and (fault := await self._probe(delivery.person.id)):
            return fault
        if not await before_send():
            return Abandoned()
        with reminding():
            return await self._send_parts(delivery, text)

    async def rest(self) -> None:
        """Nothing is kept between messages."""

    async def close(self) -> None:
        """Nothing is kept between messages."""

    def _sending(self, delivery: Delivery) -> Sending:
        now = self._clock.now()
        return Sending(
            catalog=catalog(language_of(delivery.person.language, self._language)),
            now=now,
            due_at=delivery.due_at,
            zone=delivery.person.zone,
            token=delivery.token,
            doubts=delivery.doubts,
            at_night=delivery.person.hour is None and is_night(now, delivery.person.zone),
        )

    async def _probe(self, chat_id: int) -> Outcome | None:
        """Return why a message that may be the second must not be sent now; None if it may."""
        try:
            await probe(self._bot, chat_id)
        except TelegramError as error:
            return self._outcome(chat_id, replace(explain(error), doubt=False))
        return None

    async def _send_parts(self, delivery: Delivery, text: ChatText) -> Outcome:
        sent: list[int] = []
        for number, words in enumerate(text.parts[delivery.parts_sent :], delivery.parts_sent):
            if number > delivery.parts_sent:
                await self._budget.reminder_slot()
            first, last = number == 0, number == len(text.parts) - 1
            try:
                message_id = await send(
                    self._bot,
                    delivery.person.id,
                    words,
                    text.buttons if last else (),
                    reply_to=text.reply_to if first else None,
                    silent=text.silent,
                )
            except TelegramError as error:
                outcome = self._outcome(delivery.person.id, explain(error))
                if isinstance(outcome, Later | LaneFault | Refused):
                    return replace(outcome, parts_sent=number)
                return outcome
            self._budget.success()
            sent.append(message_id)
        return Sent(messages=tuple(sent))

    def _outcome(self, chat_id: int, fault: Fault) -> Outcome:
        if fault.after is not None:
            self._budget.flood(chat_id, fault.after)
        return outcome_of(fault)
