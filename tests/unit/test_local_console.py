import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import aiosmtplib
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.clock import MovableClock
from bot.local.console import Console
from bot.local.mailserver import MailServer
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.locales import Catalog, Language, catalog
from tests.support.languages import ENGLISH, KOREAN

SEOUL = ZoneInfo("Asia/Seoul")
BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Seal it", callback_data="seal")]])


class App:
    """A bot that echoes, a post lanes with its own dues, and the console in front of them."""

    def __init__(self, folder: Path, language: Language = ENGLISH) -> None:
        self.clock = MovableClock()
        self.telegram = Telegram(clock=self.clock, state_file=folder / "telegram.json")
        self.mail_server = MailServer(folder / "mail")
        self.language = language
        self.bot = Bot(
            "1:local",
            request=LocalRequest(self.telegram),
            get_updates_request=LocalRequest(self.telegram),
        )
        self.dues: list[datetime] = []
        self.went_out_at: list[datetime] = []
        self.stuck = False

    async def type(self, *lines: str, end: str = "\n", colour: bool = False) -> str:
        """Return what the terminal shows for these lines, banner left out."""
        out = io.StringIO()
        console = Console(
            telegram=self.telegram,
            mail_server=self.mail_server,
            clock=self.clock,
            catalog=catalog(self.language),
            zone=SEOUL,
            settle=self._settle,
            next_due=self._next_due,
            stdin=io.StringIO("\n".join(lines) + end),
            stdout=out,
            colour=colour,
        )
        await console.run()
        shown = out.getvalue()
        return shown.split("time> ", 1)[-1].split("\n", 1)[-1]

    async def mail(self, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "b@localhost", "me@example.com", "Hi"
        message.set_content(text)
        await aiosmtplib.send(
            message, hostname="127.0.0.1", port=self.mail_server.port, start_tls=False
        )

    async def serve(self) -> None:
        """Answer each update before the next poll confirms it."""
        offset = 0
        while True:
            for update in await self.bot.get_updates(offset=offset, timeout=60):
                await self._answer(update)
                offset = update.update_id + 1

    async def _answer(self, update: Update) -> None:
        if update.callback_query:
            await update.callback_query.answer()
            await self.bot.send_message(update.callback_query.from_user.id, "Sealed!")
        elif update.message and update.message.text == "/mail":
            await self.mail("Tap https://t.me/slow_mailbox_bot?start=c-1")
        elif update.message:
            await update.message.reply_text(f"Got {update.message.text!r}", reply_markup=BUTTON)

    async def _settle(self) -> None:
        due = [moment for moment in self.dues if moment <= self.clock.now()]
        if self.stuck:
            return
        for moment in due:
            self.dues.remove(moment)
            self.went_out_at.append(self.clock.now())
            await self.mail("A reminder")
            await self.bot.send_message(self.telegram.person("you").id, "A reminder")

    async def _next_due(self) -> datetime | None:
        return min(self.dues, default=None)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with opened(App(tmp_path)) as app:
        yield app


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[App]:
    await app.mail_server.start()
    await app.bot.initialize()
    serving = asyncio.create_task(app.serve())
    try:
        yield app
    finally:
        serving.cancel()
        await app.bot.shutdown()
        await app.mail_server.stop()


def en() -> Catalog:
    return catalog(ENGLISH)


async def test_each_line_is_answered_before_the_next_is_read(app: App) -> None:
    assert await app.type("one", "", "  ", "two") == (
        "you> one\nbot> Got 'one'\n     [ Seal it ]\nyou> two\nbot> Got 'two'\n     [ Seal it ]\n"
    )


async def test_the_banner_says_where_mails_are_and_what_time_it_is(app: App) -> None:
    out = io.StringIO()
    before = app.clock.now()
    await Console(
        telegram=app.telegram,
        mail_server=app.mail_server,
        clock=app.clock,
        catalog=en(),
        zone=SEOUL,
        settle=app._settle,
        next_due=app._next_due,
        stdin=io.StringIO(),
        stdout=out,
    ).run()
    banner = en().say("local-banner", folder=app.mail_server.folder)
    times = {en().date_and_time(moment, SEOUL) for moment in (before, app.clock.now())}
    assert out.getvalue() in {f"{banner}\ntime> {time}\n" for time in times}


async def test_a_backslash_at_the_end_goes_on_in_the_next_line(app: App) -> None:
    shown = await app.type("a\\", "b\\", "\\", "c")
    assert shown.startswith("you> a\n     b\n\n     c\nbot> Got 'a\\nb\\n\\nc'\n")


async def test_a_line_cut_off_by_the_end_of_input_is_sent_still(app: App) -> None:
    assert "Got 'a'" in await app.type("a\\", end="")
    assert "Got 'b'" in await app.type("b", end="")


async def test_a_button_is_pressed_and_what_comes_of_it_is_shown(app: App) -> None:
    shown = await app.type("hello", ":press seal", ":press deal")
    assert shown.split("you> :press seal\n")[1] == (
        "bot> Sealed!\nyou> :press deal\n" + en().say("local-no-button", label="deal") + "\n"
    )


async def test_the_newest_mails_link_is_opened(app: App) -> None:
    shown = await app.type(":open", "/mail", ":open")
    path = app.mail_server.mail(1).path
    assert shown == (
        f"you> :open\n{en().say('local-no-mail')}\n"
        f"you> /mail\nmail> me@example.com · Hi · {path}\n"
        "you> :open\nbot> Got '/start c-1'\n     [ Seal it ]\n"
    )


async def test_a_mail_without_a_link_is_not_opened(app: App) -> None:
    await app.mail("no link")
    assert en().say("local-no-link") in await app.type(":open")


async def test_mails_are_listed_and_read(app: App) -> None:
    assert en().say("local-no-mail") in await app.type(":mail")
    await app.mail("First line\n\nThird line")
    path = app.mail_server.mail(1).path
    assert await app.type(":mail", ":mail 01", ":mail 2", ":mail x") == (
        "you> :mail\n   1  me@example.com · Hi\n"
        f"you> :mail 01\nmail> me@example.com · Hi · {path}\n    First line\n\n    Third line\n"
        f"you> :mail 2\n{en().say('local-no-such-mail', number=2)}\n"
        f"you> :mail x\n{en().say('local-no-such-mail', number='x')}\n"
    )


async def test_a_skip_stops_at_each_due_moment(app: App) -> None:
    start = app.clock.now()
    app.dues = [start + timedelta(days=7), start + timedelta(days=30, hours=1)]
    shown = await app.type(":skip 7d", ":skip 23d", ":skip 1h")
    assert [at - start for at in app.went_out_at] == [
        pytest.approx(timedelta(days=7), abs=timedelta(seconds=30)),
        pytest.approx(timedelta(days=30, hours=1), abs=timedelta(seconds=30)),
    ]
    speakers = re.findall(r"^(\w+)> ", shown, re.MULTILINE)
    assert speakers == [
        *("you", "time", "bot", "mail", "time"),
        *("you", "time"),
        *("you", "time", "bot", "mail", "time"),
    ]


async def test_a_long_skip_lets_each_reminder_out_at_its_own_hour(app: App) -> None:
    start = app.clock.now()
    app.dues = [start + timedelta(days=day) for day in (1, 2, 3)]
    await app.type(":skip 60d")
    days = [round((at - start) / timedelta(days=1), 2) for at in app.went_out_at]
    assert days == [1, 2, 3]
    assert app.clock.now() - start >= timedelta(days=60)


async def test_a_skip_ends_though_something_due_will_not_go_out(app: App) -> None:
    start = app.clock.now()
    app.dues, app.stuck = [start], True
    async with asyncio.timeout(60):
        await app.type(":skip 90m")
    assert app.clock.now() - start >= timedelta(minutes=90)


@pytest.mark.parametrize("span", ["", "7", "d", "7w", "-1d", "1.5h", "99999d", "7d 1h"])
async def test_a_skip_of_no_clear_length_moves_nothing(app: App, span: str) -> None:
    assert en().say("local-skip-how") in await app.type(f":skip {span}")
    assert app.clock.ahead == timedelta()


async def test_the_time_and_the_buttons_survive_a_restart(tmp_path: Path) -> None:
    async with opened(App(tmp_path)) as before:
        await before.type("hello", ":skip 7d")
    async with opened(App(tmp_path)) as after:
        assert "Sealed!" in await after.type(":press Seal")
    assert after.clock.ahead == before.clock.ahead
    assert after.clock.ahead == pytest.approx(timedelta(days=7), abs=timedelta(seconds=30))


async def test_people_take_turns_and_see_only_their_own_buttons(app: App) -> None:
    shown = await app.type("hi", ":as Minji", ":press Seal", "안녕", ":as you", "again")
    assert shown.split("you> :as Minji\n")[1].startswith(
        f"{en().say('local-as', name='Minji')}\n"
        "Minji> :press Seal\n"
        f"{en().say('local-no-button', label='Seal')}\n"
        "Minji> 안녕\nbot> Got '안녕'\n     [ Seal it ]\n"
        "Minji> :as you\n"
    )
    assert app.telegram.chat(app.telegram.person("Minji"))[0].text == "안녕"


async def test_what_goes_to_someone_else_says_so(app: App) -> None:
    app.dues = [app.clock.now() + timedelta(hours=1)]
    shown = await app.type("hi", ":as Minji", ":skip 2h")
    assert "\nbot to you> A reminder\n" in shown


async def test_a_persons_language_is_set_and_kept(app: App) -> None:
    await app.type("before", ":lang ko", "after")
    codes = [
        message.wire["from"].get("language_code")
        for message in app.telegram.messages
        if not message.by_bot
    ]
    assert codes == [None, "ko"]
    assert app.telegram.person("you").language_code == "ko"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (":press", "local-press-what"),
        (":as", "local-as-how"),
        (f":as {'n' * 65}", "local-as-how"),
        (":lang", "local-lang-how"),
        (":lang 한국어", "local-lang-how"),
        (":help", "local-help"),
    ],
)
async def test_a_line_the_terminal_cannot_use_is_explained(app: App, line: str, name: str) -> None:
    assert await app.type(line) == f"you> {line}\n{en().say(name)}\n"
    assert app.telegram.messages == []


async def test_an_unknown_command_goes_nowhere_but_a_smile_does(app: App) -> None:
    shown = await app.type(":frobnicate 3", ":)", " :press me")
    assert en().say("local-unknown", command=":frobnicate") in shown
    assert "Got ':)'" in shown
    assert "Got ':press me'" in shown
    assert "frobnicate" not in "".join(message.text for message in app.telegram.messages)


async def test_nothing_is_read_after_quit(app: App) -> None:
    assert await app.type(":quit", "more") == "you> :quit\n"


async def test_a_long_paste_is_handled_to_its_end(app: App) -> None:
    shown = await app.type("a" * 3000 + " " + "b" * 3000)
    assert shown.count("bot> Got") == 2


async def test_control_characters_never_reach_the_terminal(app: App) -> None:
    shown = await app.type("\x1b[2J\x07boo")
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "boo" in shown


async def test_a_pipe_sees_no_colour_and_a_terminal_does(app: App) -> None:
    await app.bot.send_message(1, "x")
    assert "\x1b" not in await app.type("hi")
    assert "\x1b[34m[ Seal it ]\x1b[0m" in await app.type("hi", colour=True)


async def test_the_terminal_speaks_korean_too(tmp_path: Path) -> None:
    async with opened(App(tmp_path, KOREAN)) as app:
        shown = await app.type("안녕", ":skip 1h", ":help")
    assert "봇> Got '안녕'\n    [ Seal it ]" in shown
    assert "\n시각> " in shown
    assert catalog(KOREAN).say("local-help") in shown
