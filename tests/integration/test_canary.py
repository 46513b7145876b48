"""Whatever goes wrong, at DEBUG: no letter, address, code or secret in a log or a stray file."""

import asyncio
import logging
import re
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from bot import log
from bot.app import DATABASE
from bot.chat import sealed
from bot.chat.letter_page import ADD_POSTSCRIPT, CHANGE_LETTERS_ADDRESS
from bot.chat.settings_page import ADDRESS as DEFAULT_ADDRESS
from bot.chat.settings_page import ZONE
from bot.clock import SystemClock
from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.messages.confirmation import Confirmation
from bot.messages.reminder import ReminderMessage
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import TOKEN, BotApiServer, answer
from tests.support.failing_store import FailingWriter
from tests.support.faults import drop
from tests.support.mails import CONFIRM, STOP, code_in, link_in, text_of
from tests.support.program import running
from tests.support.rows import count
from tests.support.settings import environ_of
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp

WORDS, ADDRESS = "tweety-in-the-letter", "tweety@address.example"
PASSWORD, BOT_TOKEN = "tweety-password", "4242:AAtweety-bot-token"
CANARY = re.compile(rb"tweety|address\.example", re.IGNORECASE)
WEEK = timedelta(days=7)
LINK = "slow_mailbox_bot?start=c"
QUOTING = f"<{ADDRESS}> {WORDS} {BOT_TOKEN}"


@pytest.fixture
def told() -> Iterator[StringIO]:
    stream = StringIO()
    with redirect_stderr(stream):
        log.set_up("DEBUG", [PASSWORD, BOT_TOKEN])
        logging.getLogger().setLevel(logging.DEBUG)  # others' loggers too, as no setting allows
        yield stream


@pytest.fixture
def watched(harness: Harness, smtp_server: ScriptedSmtp) -> Harness:
    harness.environ = {"TELEGRAM_BOT_TOKEN": BOT_TOKEN, "LOG_LEVEL": "DEBUG"}
    return harness


async def journey(harness: Harness, user: FakeUser, server: ScriptedSmtp) -> list[str]:
    """Go through all that there is; returns the secrets that came up on the way."""
    secrets = []
    await user.say("/start")
    await user.seal(WORDS, ADDRESS, confirmed=False)
    harness.clock.advance(timedelta(hours=2))
    await user.say("/confirm")
    for mail in server.accepted:
        secrets += [code_in(mail), payload(link_in(mail, CONFIRM)), payload(link_in(mail, STOP))]
    if secrets:
        await user.say(f"{(int(secrets[-3]) + 1) % 10**6:06}")
        await user.say(secrets[-3])
        await user.open(f"https://t.me/{LINK}{secrets[-2]}")
        await user.say(f"/start s{secrets[-1]}")
    await user.say(f"stray {WORDS}")
    await change_the_letter(user)
    await harness.pass_time(user.app, WEEK)
    await say_how_it_goes(user, server)
    await harness.pass_time(user.app, timedelta(days=23))
    return secrets


async def change_the_letter(user: FakeUser) -> None:
    """Edit a letter, add to it, move it, and say where one is, all in telling words."""
    rows = await user.app.database.reader.all("SELECT message_id FROM letters ORDER BY id DESC")
    if not rows:
        return
    letter = rows[0]["message_id"]
    await user.edit(letter, f"{WORDS} edited")
    for data, text in (
        (ADD_POSTSCRIPT.data(letter), f"{WORDS} postscript"),
        (f"letters:move-day:{letter}:30", f"{WORDS} someday"),
        (f"letters:move-day:{letter}:30", "in 30 days"),
        (ZONE.name, f"{WORDS} somewhere"),
        (DEFAULT_ADDRESS.name, ADDRESS),
    ):
        await user.forge(data)
        await user.say(text)


async def say_how_it_goes(user: FakeUser, server: ScriptedSmtp) -> None:
    """Answer by a button and by the mail's link, leave a note, and give another address."""
    rows = await user.app.database.reader.all("SELECT token FROM deliveries WHERE state = 'sent'")
    for row in rows:
        await user.forge(f"answer:{row['token']}:half")
        await user.say(f"{WORDS} noted")
    for mail in server.accepted:
        for payload in re.findall(r"start=(a[A-Za-z0-9_-]+)", text_of(mail)):
            await user.say(f"/start {payload}")
            await user.say(f"/start {payload}x")
    letters = await user.app.database.reader.all("SELECT message_id FROM letters")
    for row in letters:
        await user.forge(CHANGE_LETTERS_ADDRESS.data(row["message_id"]))
        await user.say(f"other-{ADDRESS}")


def payload(link: str) -> str:
    return link.partition("start=")[2][1:]


def hold_clean(harness: Harness, told: StringIO, secrets: list[str]) -> None:
    """Nothing personal in a log line, nor in any file but the database's own."""
    assert told.getvalue()
    hold_without(told.getvalue().encode(), secrets)
    for file in harness.folder.rglob("*"):
        if file.is_file() and not file.name.startswith(DATABASE):
            hold_without(file.read_bytes(), secrets)


def hold_without(content: bytes, secrets: list[str]) -> None:
    found = CANARY.search(content)
    assert not found, content[max(found.start() - 300, 0) : found.end() + 50].decode()
    for secret in secrets:
        assert secret.encode() not in content


async def test_a_journey_without_a_fault_leaves_no_word_behind(
    watched: Harness, smtp_server: ScriptedSmtp, told: StringIO
) -> None:
    async with watched.app() as app:
        secrets = await journey(watched, watched.user(app, "tweety"), smtp_server)
        assert len(secrets) == 6
        assert len(smtp_server.accepted) == 4
        for table, number in (("postscripts", 1), ("answers", 1)):
            assert await count(app.database, table) == number
    hold_clean(watched, told, secrets)


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.MAIL, 550),
        (Phase.RCPT, 421),
        (Phase.RCPT, 550),
        (Phase.DATA, 451),
        (Phase.FINAL_DOT, 451),
        (Phase.FINAL_DOT, 554),
    ],
)
async def test_a_mail_server_that_quotes_what_it_refuses_is_not_quoted(
    watched: Harness, smtp_server: ScriptedSmtp, told: StringIO, phase: Phase, code: int
) -> None:
    smtp_server.fault(phase, reply(code, text=QUOTING), times=3)
    async with watched.app() as app:
        secrets = await journey(watched, watched.user(app, "tweety"), smtp_server)
    hold_clean(watched, told, secrets)


async def test_a_mail_server_that_hangs_up_makes_nobody_talk(
    watched: Harness, smtp_server: ScriptedSmtp, told: StringIO
) -> None:
    for phase in (Phase.GREETING, Phase.RCPT, Phase.ACCEPTED, Phase.FINAL_DOT):
        smtp_server.fault(phase, drop(), times=1)
    async with watched.app() as app:
        secrets = await journey(watched, watched.user(app, "tweety"), smtp_server)
    hold_clean(watched, told, secrets)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_a_telegram_that_quotes_what_it_refuses_is_not_quoted(
    watched: Harness, smtp_server: ScriptedSmtp, told: StringIO, status: int
) -> None:
    parameters = {"parameters": {"retry_after": 1}} if status == 429 else {}
    for method in ("sendMessage", "sendMessage", "answerCallbackQuery", "setMyCommands"):
        payload = {"description": f"Bad Request: {QUOTING}", **parameters}
        watched.telegram.fail_next(method, status, payload)
    async with watched.app() as app:
        user = watched.user(app, "tweety")
        secrets = await journey(watched, user, smtp_server)
        watched.telegram.fail_next("sendMessage", status, {"description": QUOTING, **parameters})
        await watched.pass_time(app, timedelta(hours=1))
    hold_clean(watched, told, secrets)


async def test_a_store_that_fails_says_nothing_of_what_it_was_to_keep(
    watched: Harness, smtp_server: ScriptedSmtp, told: StringIO
) -> None:
    async with watched.app() as app:
        user = watched.user(app, "tweety")
        writer = FailingWriter(app.database)
        await user.say("/write")
        for number in range(4, 13):  # the first three keep the update itself
            writer.heal()
            writer.fails = number.__eq__
            update = user.telegram.say(user.person, f"{WORDS} {number}")
            await user.telegram.confirmed(update)
            await app.answered()
        writer.heal()
        secrets = await journey(watched, user, smtp_server)
    hold_clean(watched, told, secrets)


async def test_a_bug_that_has_the_letter_in_its_words_does_not_say_them(
    watched: Harness,
    smtp_server: ScriptedSmtp,
    told: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(QUOTING) from KeyError(QUOTING)

    async with watched.app() as app:
        user = watched.user(app, "tweety")
        with monkeypatch.context() as patch:
            patch.setattr(sealed, "say", broken)
            patch.setattr(Confirmation, "as_mail", broken)
            patch.setattr(ReminderMessage, "as_mail", broken)
            await journey(watched, user, smtp_server)
        secrets = await journey(watched, user, smtp_server)
        app.application.create_task(asyncio.to_thread(broken))
        await app.settle()
    assert "builtins.RuntimeError" in told.getvalue()
    hold_clean(watched, told, secrets)


async def test_the_program_itself_says_nothing_personal_on_any_stream(tmp_path: Path) -> None:
    telegram = Telegram(clock=SystemClock())
    person = Person(name="tweety", language_code="en")
    async with (
        BotApiServer(telegram) as api,
        ScriptedSmtp(credentials={"tweety-user": PASSWORD}) as smtp,
    ):
        smtp.fault(Phase.AUTH, reply(535, "5.7.8", text=f"tweety-user {PASSWORD}"), times=1)
        smtp.fault(Phase.RCPT, reply(550, "5.1.1", text=QUOTING), times=1)
        api.fault("sendMessage", answer(400, f"Bad Request: {QUOTING}"))
        environ = {
            **environ_of(smtp_port=smtp.port, api=api.origin),
            "SMTP_USERNAME": "tweety-user",
            "SMTP_PASSWORD": PASSWORD,
            "LOG_LEVEL": "DEBUG",
        }
        async with running("run", folder=tmp_path, **environ) as program:
            for text in ("/start", "/write", WORDS, ADDRESS, "/confirm", "123456", WORDS):
                await telegram.confirmed(telegram.say(person, text))
            # Where the letter is sealed before its echo has left, that isn't sent.
            await api.wait_for_calls("sendMessage", 6)
            finished = await program.signalled(signal.SIGTERM)
    assert finished.code == 0
    for stream in (finished.out, finished.err):
        hold_without(stream.encode(), [TOKEN, PASSWORD])
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file() and not file.name.startswith(DATABASE):
            hold_without(file.read_bytes(), [TOKEN, PASSWORD])


def test_the_canary_is_heard_when_it_sings(told: StringIO) -> None:
    logging.getLogger("bot").warning("a letter says %s", WORDS)
    with pytest.raises(AssertionError):
        hold_without(told.getvalue().encode(), [])
