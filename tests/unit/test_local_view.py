import io
from zoneinfo import ZoneInfo

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)

from bot.local.messages import Changed, Said
from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.local.view import View
from bot.locales import Language, catalog
from tests.support.languages import ENGLISH, KOREAN

BOB = Person(name="Bob")
BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])


class Screen:
    """What is seen of a chat."""

    def __init__(
        self, telegram: Telegram, *, language: Language = ENGLISH, colour: bool = False
    ) -> None:
        self._out = io.StringIO()
        self._view = View(
            out=self._out, catalog=catalog(language), zone=ZoneInfo("Asia/Seoul"), colour=colour
        )
        telegram.on_said = telegram.on_changed = self._show

    @property
    def last(self) -> str:
        """Return what was shown since last asked, without the newline at its end."""
        shown = self._out.getvalue().removesuffix("\n")
        self._out.seek(0)
        self._out.truncate()
        return shown

    def _show(self, event: Said | Changed) -> None:
        if isinstance(event, Said):
            self._view.said(event, to=None)
        else:
            self._view.changed(event, to=None)


async def test_an_edited_message_is_shown_anew_with_a_mark(telegram: Telegram, bot: Bot) -> None:
    screen = Screen(telegram)
    sent = await bot.send_message(BOB.id, "?", reply_markup=BUTTON)
    assert screen.last == "bot> ?\n     [ Yes ]"
    await sent.edit_text("Yes it is.\nGood.")
    assert screen.last == "bot> ✎ edited\n     Yes it is.\n     Good."
    await sent.edit_text("Perhaps.", reply_markup=BUTTON)
    assert screen.last == "bot> ✎ edited\n     Perhaps.\n     [ Yes ]"


async def test_of_a_message_with_other_buttons_only_those_are_shown(
    telegram: Telegram, bot: Bot
) -> None:
    screen = Screen(telegram)
    sent = await bot.send_message(BOB.id, "Well?\nOr not?")
    assert screen.last == "bot> Well?\n     Or not?"
    await sent.edit_reply_markup(BUTTON)
    assert screen.last == "bot> ✎ other buttons under “Well?…”\n     [ Yes ]"
    await sent.edit_reply_markup(None)
    assert screen.last == "bot> ✎ no more buttons under “Well?…”"


async def test_a_reply_begins_with_the_first_line_of_what_it_replies_to(
    telegram: Telegram, bot: Bot
) -> None:
    screen = Screen(telegram)
    telegram.say(BOB, "Run every morning\nand read")
    telegram.say(BOB, "x" * 61)
    telegram.say(BOB, "Short")
    shown = []
    for message in telegram.messages:
        await bot.send_message(BOB.id, "Sealed.", reply_parameters=ReplyParameters(message.id))
        shown.append(screen.last)
    assert shown == [
        "bot> ↩ Run every morning…\n     Sealed.",
        f"bot> ↩ {'x' * 60}…\n     Sealed.",
        "bot> ↩ Short\n     Sealed.",
    ]


async def test_a_quote_stands_behind_bars(telegram: Telegram, bot: Bot) -> None:
    quote = [MessageEntity("blockquote", 4, 8)]
    coloured = Screen(telegram, colour=True)
    await bot.send_message(BOB.id, "You\nRun\nRead\n?", entities=quote)
    assert coloured.last == (
        "\x1b[36mbot> \x1b[0mYou\n     \x1b[2m│ Run\x1b[0m\n     \x1b[2m│ Read\x1b[0m\n     ?"
    )
    plain = Screen(telegram)
    await bot.send_message(BOB.id, "You\nRun\nRead\n?", entities=quote)
    assert plain.last == "bot> You\n     │ Run\n     │ Read\n     ?"


async def test_a_silent_message_and_a_hint_are_marked(telegram: Telegram, bot: Bot) -> None:
    screen = Screen(telegram, language=KOREAN)
    await bot.send_message(
        BOB.id,
        "어떤 다짐인가요?",
        disable_notification=True,
        reply_markup=ForceReply(input_field_placeholder="나에게 쓰는 한마디…"),
    )
    assert screen.last == (
        "봇> 어떤 다짐인가요?\n    ✏ 나에게 쓰는 한마디…\n    🔕 소리 없이 왔어요"
    )
    await bot.send_message(BOB.id, "?", reply_markup=ForceReply())
    assert screen.last == "봇> ?"


async def test_reactions_and_deletions_are_told(telegram: Telegram, bot: Bot) -> None:
    screen = Screen(telegram)
    telegram.say(BOB, "Run\nRead")
    [message] = telegram.messages
    await bot.set_message_reaction(BOB.id, message.id, "✍")
    assert screen.last == "bot> reacted ✍ to “Run…”"
    await bot.set_message_reaction(BOB.id, message.id)
    assert screen.last == "bot> took back its reaction to “Run…”"
    await bot.delete_message(BOB.id, message.id)
    assert screen.last == "bot> deleted “Run…”"


async def test_control_characters_of_hints_and_replies_stay_harmless(
    telegram: Telegram, bot: Bot
) -> None:
    screen = Screen(telegram)
    telegram.say(BOB, "\x1b[2JRun")
    [message] = telegram.messages
    await bot.send_message(
        BOB.id,
        "x",
        reply_parameters=ReplyParameters(message.id),
        reply_markup=ForceReply(input_field_placeholder="\x1b[2J"),
    )
    assert "\x1b" not in screen.last
