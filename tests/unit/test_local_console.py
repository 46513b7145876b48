import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.locales import Catalog, catalog
from tests.support.languages import ENGLISH, KOREAN
from tests.support.terminal import SEOUL, EchoApp


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EchoApp]:
    async with EchoApp(tmp_path).opened() as app:
        yield app


def en() -> Catalog:
    return catalog(ENGLISH)


async def test_each_line_is_answered_before_the_next_is_read(app: EchoApp) -> None:
    assert await app.type("one", "", "  ", "two") == (
        "you> one\nbot> Got 'one'\n     [ Seal it ]\nyou> two\nbot> Got 'two'\n     [ Seal it ]\n"
    )


async def test_the_banner_says_where_mails_are_and_what_time_it_is(app: EchoApp) -> None:
    out = io.StringIO()
    before = app.clock.now()
    await app.console(io.StringIO(), out).run()
    banner = en().say("local-banner", folder=app.mail_server.folder)
    times = {en().date_and_time(moment, SEOUL) for moment in (before, app.clock.now())}
    assert out.getvalue() in {f"{banner}\ntime> {time}\n" for time in times}


async def test_a_backslash_at_the_end_goes_on_in_the_next_line(app: EchoApp) -> None:
    shown = await app.type("a\\", "b\\", "\\", "c")
    assert shown.startswith("you> a\n     b\n\n     c\nbot> Got 'a\\nb\\n\\nc'\n")


async def test_a_line_cut_off_by_the_end_of_input_is_sent_still(app: EchoApp) -> None:
    assert "Got 'a'" in await app.type("a\\", end="")
    assert "Got 'b'" in await app.type("b", end="")


async def test_a_button_is_pressed_and_what_comes_of_it_is_shown(app: EchoApp) -> None:
    shown = await app.type("hello", ":press seal", ":press deal")
    assert shown.split("you> :press seal\n")[1] == (
        "bot> Sealed!\nyou> :press deal\n" + en().say("local-no-button", label="deal") + "\n"
    )


async def test_the_newest_mails_link_is_opened(app: EchoApp) -> None:
    shown = await app.type(":open", "/mail", ":open")
    path = app.mail_server.mail(1).path
    assert shown == (
        f"you> :open\n{en().say('local-no-mail')}\n"
        f"you> /mail\nmail> me@example.com · Hi · {path}\n"
        "you> :open\nbot> Got '/start c-1'\n     [ Seal it ]\n"
    )


async def test_a_mail_without_a_link_is_not_opened(app: EchoApp) -> None:
    await app.mail("no link")
    assert en().say("local-no-link") in await app.type(":open")


async def test_mails_are_listed_and_read(app: EchoApp) -> None:
    assert en().say("local-no-mail") in await app.type(":mail")
    await app.mail("First line\n\nThird line")
    path = app.mail_server.mail(1).path
    assert await app.type(":mail", ":mail 01", ":mail 2", ":mail x") == (
        "you> :mail\n   1  me@example.com · Hi\n"
        f"you> :mail 01\nmail> me@example.com · Hi · {path}\n    First line\n\n    Third line\n"
        f"you> :mail 2\n{en().say('local-no-such-mail', number=2)}\n"
        f"you> :mail x\n{en().say('local-no-such-mail', number='x')}\n"
    )


async def test_a_skip_stops_at_each_due_moment(app: EchoApp) -> None:
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


async def test_a_long_skip_lets_each_reminder_out_at_its_own_hour(app: EchoApp) -> None:
    start = app.clock.now()
    app.dues = [start + timedelta(days=day) for day in (1, 2, 3)]
    await app.type(":skip 60d")
    days = [round((at - start) / timedelta(days=1), 2) for at in app.went_out_at]
    assert days == [1, 2, 3]
    assert app.clock.now() - start >= timedelta(days=60)


async def test_a_skip_ends_though_something_due_will_not_go_out(app: EchoApp) -> None:
    start = app.clock.now()
    app.dues, app.stuck = [start], True
    async with asyncio.timeout(60):
        await app.type(":skip 90m")
    assert app.clock.now() - start >= timedelta(minutes=90)


@pytest.mark.parametrize("span", ["", "7", "d", "7w", "-1d", "1.5h", "99999d", "7d 1h"])
async def test_a_skip_of_no_clear_length_moves_nothing(app: EchoApp, span: str) -> None:
    assert en().say("local-skip-how") in await app.type(f":skip {span}")
    assert app.clock.ahead == timedelta()


async def test_the_time_and_the_buttons_survive_a_restart(tmp_path: Path) -> None:
    async with EchoApp(tmp_path).opened() as before:
        await before.type("hello", ":skip 7d")
    async with EchoApp(tmp_path).opened() as after:
        assert "Sealed!" in await after.type(":press Seal")
    assert after.clock.ahead == before.clock.ahead
    assert after.clock.ahead == pytest.approx(timedelta(days=7), abs=timedelta(seconds=30))


async def test_people_take_turns_and_see_only_their_own_buttons(app: EchoApp) -> None:
    shown = await app.type("hi", ":as Minji", ":press Seal", "안녕", ":as you", "again")
    assert shown.split("you> :as Minji\n")[1].startswith(
        f"{en().say('local-as', name='Minji')}\n"
        "Minji> :press Seal\n"
        f"{en().say('local-no-button', label='Seal')}\n"
        "Minji> 안녕\nbot> Got '안녕'\n     [ Seal it ]\n"
        "Minji> :as you\n"
    )
    assert app.telegram.chat(app.telegram.person("Minji"))[0].text == "안녕"


async def test_what_goes_to_someone_else_says_so(app: EchoApp) -> None:
    app.dues = [app.clock.now() + timedelta(hours=1)]
    shown = await app.type("hi", ":as Minji", ":skip 2h")
    assert "\nbot to you> A reminder\n" in shown


async def test_a_persons_language_is_set_and_kept(app: EchoApp) -> None:
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
async def test_a_line_the_terminal_cannot_use_is_explained(
    app: EchoApp, line: str, name: str
) -> None:
    assert await app.type(line) == f"you> {line}\n{en().say(name)}\n"
    assert app.telegram.messages == []


async def test_an_unknown_command_goes_nowhere_but_a_smile_does(app: EchoApp) -> None:
    shown = await app.type(":frobnicate 3", ":)", " :press me")
    assert en().say("local-unknown", command=":frobnicate") in shown
    assert "Got ':)'" in shown
    assert "Got ':press me'" in shown
    assert "frobnicate" not in "".join(message.text for message in app.telegram.messages)


async def test_nothing_is_read_after_quit(app: EchoApp) -> None:
    assert await app.type(":quit", "more") == "you> :quit\n"


async def test_a_long_paste_is_handled_to_its_end(app: EchoApp) -> None:
    shown = await app.type("a" * 3000 + " " + "b" * 3000)
    assert shown.count("bot> Got") == 2


async def test_control_characters_never_reach_the_terminal(app: EchoApp) -> None:
    shown = await app.type("\x1b[2J\x07boo")
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "boo" in shown


async def test_a_pipe_sees_no_colour_and_a_terminal_does(app: EchoApp) -> None:
    await app.bot.send_message(1, "x")
    assert "\x1b" not in await app.type("hi")
    assert "\x1b[34m[ Seal it ]\x1b[0m" in await app.type("hi", colour=True)


async def test_the_terminal_speaks_korean_too(tmp_path: Path) -> None:
    async with EchoApp(tmp_path, KOREAN).opened() as app:
        shown = await app.type("안녕", ":skip 1h", ":help")
    assert "봇> Got '안녕'\n    [ Seal it ]" in shown
    assert "\n시각> " in shown
    assert catalog(KOREAN).say("local-help") in shown
