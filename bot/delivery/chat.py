"""The chat channel."""

from dataclasses import replace

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.clock import Clock
from bot.delivery.notes import Note, note
from bot.delivery.outcome import Abandoned, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.pace import Pace, Rates
from bot.delivery.telegram_errors import FLOOD, classify
from bot.delivery.transport import TakeOff
from bot.letters import Channel, Delivery
from bot.locales import Language, catalog, language_of
from bot.words import Words


class ChatTransport:
    """Brings messages to people's private chats with the bot."""

    channel = Channel.CHAT

    def __init__(self, bot: Bot, *, clock: Clock, language: Language, rates: Rates) -> None:
        self._bot = bot
        self._clock = clock
        self._language = language
        self._pace = Pace(clock, rates)

    async def send(self, delivery: Delivery, take_off: TakeOff) -> Outcome:
        """Try once. Raises what `take_off` does."""
        outcome = await self._attempt(delivery, take_off)
        if isinstance(outcome, Later) and outcome.after:
            self._pace.hold(outcome.after)
        return outcome

    async def rest(self) -> None:
        """Nothing is kept between messages."""

    async def close(self) -> None:
        """Nothing is kept between messages."""

    async def _attempt(self, delivery: Delivery, take_off: TakeOff) -> Outcome:
        speech = catalog(language_of(delivery.language, self._language))
        message = note(delivery, speech, self._clock.now())
        if delivery.doubts and (fault := await self._knock(delivery.person_id)):
            return fault
        if held := await self._pace.slot(delivery.person_id):
            return Later(reason=FLOOD, after=held)
        if not await take_off():
            return Abandoned()
        return await self._send_parts(delivery, message)

    async def _knock(self, chat_id: int) -> Outcome | None:
        """Make sure that Telegram answers before a message that may be the second is sent."""
        try:
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:
            outcome = classify(error)
            return replace(outcome, doubt=False) if isinstance(outcome, Later) else outcome
        return None

    async def _send_parts(self, delivery: Delivery, message: Note) -> Outcome:
        keyboard = _keyboard(message)
        for number, words in enumerate(message.parts[delivery.parts_sent :], delivery.parts_sent):
            last = number == len(message.parts) - 1
            outcome = await self._send(delivery.person_id, words, keyboard if last else None)
            if isinstance(outcome, Later | LaneFault):
                return replace(outcome, parts_sent=number)
            if not isinstance(outcome, Sent):
                return outcome
        return Sent()

    async def _send(
        self, chat_id: int, words: Words, keyboard: InlineKeyboardMarkup | None
    ) -> Outcome:
        try:
            await self._bot.send_message(
                chat_id, words.text, entities=_entities(words), reply_markup=keyboard
            )
        except BadRequest as error:
            outcome = classify(error)
            if isinstance(outcome, Refused) and words.entities and "entit" in error.message.lower():
                return await self._send(chat_id, Words(words.text), keyboard)
            return outcome
        except TelegramError as error:
            return classify(error)
        return Sent()


def _entities(words: Words) -> list[MessageEntity]:
    return [
        MessageEntity(e.type, e.offset, e.length, url=e.url, language=e.language)
        for e in words.entities
    ]


def _keyboard(message: Note) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in message.buttons]
    return InlineKeyboardMarkup(rows) if rows else None
