"""`python -m bot run` over HTTP, against a Bot API and a mail server of the tests' own."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.local.messages import Message
from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.locales import LANGUAGES
from bot.store.database import Database
from bot.text import Words
from tests.support.bot_api import TOKEN, BotApiServer
from tests.support.faults import silence
from tests.support.program import (
    PATIENCE,
    Finished,
    Program,
    files_under,
    run,
    run_cold,
    running,
    was_within,
)
from tests.support.sealed_letters import seal
from tests.support.settings import environ_of
from tests.support.smtp import Accepted, Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.watched import Gate

ME = Person(name="me", language_code="en")
ADDRESS = "me@example.com"
SAYS = "slow-mailbox: "
IN_USE = "data: another process is using this folder; if that is the bot, stop it first"
SOON = 5.0
"""Seconds within which a program told to stop is gone."""


@dataclass(slots=True)
class Site:
    """A data folder, and the two servers that its program talks with."""

    folder: Path
    telegram: Telegram
    api: BotApiServer
    smtp: ScriptedSmtp
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        return {
            **environ_of(smtp_port=self.smtp.port, api=self.api.origin),
            **self.environ,
        }

    @asynccontextmanager
    async def program(self) -> AsyncIterator[Program]:
        async with running("run", folder=self.folder, **self.settings) as program:
            yield program

    async def run(self) -> Finished:
        return await run("run", folder=self.folder, **self.settings)

    @property
    def heard(self) -> list[Message]:
        return [message for message in self.telegram.chat(ME) if message.by_bot]

    async def said(self, text: str, *, hears: str) -> str:
        """Say something in the chat; returns what the bot says afterwards, `hears` in it."""
        before = len(self.heard)
        self.telegram.say(ME, text)
        return await self.hears(hears, beyond=before)

    async def hears(self, text: str, *, beyond: int) -> str:
        """Return the first message with that text in it, behind the first `beyond`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                handled = sum(call.handled for call in self.api.calls_of("sendMessage"))
                for message in self.heard[beyond:]:
                    if text in message.text:
                        return message.text
                await self.api.wait_for_handled("sendMessage", handled + 1)

    async def mailed(self, number: int) -> None:
        """Return once so many mails have been accepted in all."""
        async with asyncio.timeout(PATIENCE):
            await self.smtp.wait_for_messages(number)

    async def seals(self, words: str = "Run") -> None:
        """Write and seal a letter; at the first one, confirm the address by the mail's link."""
        first = not self.smtp.accepted
        await self.said("/write", hears="resolution")
        await self.said(words, hears="address")
        before = len(self.heard)
        await self.said(ADDRESS, hears="Sealed")
        if first:
            await self.hears("six digits", beyond=before)
            await self.mailed(1)
            [text, _] = self.smtp.accepted[0].message.iter_parts()
            link = re.search(r"https://t.me/\S+?start=c\S+", text.get_content())
            assert link is not None
            self.telegram.open(ME, link[0])
            await self._sees_edited("is confirmed")

    async def _sees_edited(self, text: str) -> None:
        """Return once a message of the bot's was edited to have that text in it."""
        edited = 0
        async with asyncio.timeout(PATIENCE):
            while not any(text in message.text for message in self.heard):
                edited += 1
                await self.api.wait_for_handled("editMessageText", edited)

    @property
    def reminders(self) -> list[Accepted]:
        """Return the mails accepted behind the confirmation."""
        return self.smtp.accepted[1:]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return what the store has; or change it, while no program runs."""
        connection = sqlite3.connect(self.folder / "data" / "bot.db")
        try:
            with connection:
                return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def make_due(self, day: int, where: str = "TRUE") -> None:
        """Let a day's reminders have fallen due a minute ago: the child's clock can't be moved."""
        moment = (SystemClock().now() - timedelta(minutes=1)).isoformat(timespec="microseconds")
        self.rows(
            f"UPDATE deliveries SET due_at = '{moment}', next_at = '{moment}'"  # noqa: S608 - the test's own
            f" WHERE day = {day} AND ({where})"
        )


@pytest.fixture
async def site(tmp_path: Path, smtp_server: ScriptedSmtp) -> AsyncIterator[Site]:
    telegram = Telegram(clock=SystemClock())
    async with BotApiServer(telegram) as api:
        yield Site(folder=tmp_path, telegram=telegram, api=api, smtp=smtp_server)


async def test_the_whole_journey_over_http_with_mail_to_a_server_of_its_own(site: Site) -> None:
    async with site.program() as program:
        await site.said("/start", hears="Slow Mailbox")
        await site.seals("Run every morning")
        assert (await program.terminated()).code == 0
    for number, day in enumerate((7, 30), start=2):
        site.make_due(day)
        before = len(site.heard)
        async with site.program() as program:
            await site.mailed(number)
            await site.hears(f"📮 {day} days ago", beyond=before)
            ended = await program.terminated()
        assert ended.code == 0
        assert await was_within(SOON, ended, site.folder)
        assert "Run every morning" in site.heard[-1].text
        mail = site.reminders[-1]
        assert mail.recipients == (ADDRESS,)
        assert str(mail.message["Subject"]) == f"“Run every morning”: your letter, {day} days ago"
        assert all("Run every morning" in p.get_content() for p in mail.message.iter_parts())
    assert len(site.reminders) == 2
    assert site.rows("SELECT DISTINCT state FROM deliveries") == [("sent",)]
    assert {name.split("/")[0] for name in files_under(site.folder)} == {"data"}


async def test_the_menu_and_descriptions_are_set_in_each_language(site: Site) -> None:
    async with site.program():
        async with asyncio.timeout(PATIENCE):
            await site.api.wait_for_handled("setMyShortDescription", 1 + len(LANGUAGES))
    for method in ("setMyCommands", "setMyDescription", "setMyShortDescription"):
        codes = [call.parameters.get("language_code") for call in site.api.calls_of(method)]
        assert codes == [None, *LANGUAGES]


async def _until_handled(site: Site, number: int) -> None:
    """Return once so many updates are handled, which shows in nothing but the store."""
    handled = partial(site.rows, "SELECT count(*) FROM updates WHERE handled")
    while await asyncio.to_thread(handled) != [(number,)]:
        """Look again."""


async def test_killed_between_effect_and_answer_it_answers_each_once_and_in_order(
    site: Site,
) -> None:
    async with site.program() as program:
        await site.said("/write", hears="resolution")
        await site.said("Run", hears="address")
        answers = site.api.hold("sendMessage")
        site.telegram.say(ME, ADDRESS)
        later = site.telegram.say(ME, "/help")
        async with asyncio.timeout(PATIENCE):
            await answers.reached()
            await site.telegram.confirmed(later)
            await _until_handled(site, 4)
        await program.killed()
    # Both are handled and nothing of it was told: the call that was under way may have arrived.
    assert site.rows("SELECT in_flight FROM replies ORDER BY id") == [(1,), (0,), (0,)]
    before = len(site.heard)
    answers.release()
    async with site.program() as program:
        await site.hears("/cancel", beyond=before)
        *sealed, unconfirmed, helped = (message.text for message in site.heard[before:])
        assert len(sealed) in {1, 2}
        assert all("Sealed" in text for text in sealed)
        assert f"a mail to {ADDRESS}" in unconfirmed
        assert "/cancel" in helped
        assert (await program.terminated()).code == 0
    assert site.rows("SELECT count(*) FROM letters") == [(1,)]
    assert site.rows("SELECT count(letter_id) FROM deliveries") == [(4,)]


async def test_killed_right_after_each_answer_it_goes_on(site: Site) -> None:
    for line, word in (("/write", "resolution"), ("Run", "address"), (ADDRESS, "Sealed")):
        async with site.program() as program:
            await site.said(line, hears=word)
            await program.killed()
    assert site.rows("SELECT count(*) FROM letters") == [(1,)]


async def test_without_a_token_run_ends_with_one_line(tmp_path: Path) -> None:
    ended = await run("run", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("slow-mailbox: TELEGRAM_BOT_TOKEN must be set")
    assert ended.err.count("\n") == 1
    assert files_under(tmp_path) == set()


async def test_without_a_mail_server_run_ends_with_one_line(site: Site) -> None:
    site.environ = {"SMTP_HOST": ""}
    ended = await site.run()
    assert ended.code == 2
    assert ended.err.startswith("slow-mailbox: SMTP_HOST must be set")
    assert ended.err.count("\n") == 1


def complaints(ended: Finished) -> list[str]:
    """Return the lines that say why a program ended; no traceback is among the others."""
    assert "Traceback" not in ended.err
    lines = ended.err.splitlines()
    return [line.removeprefix(SAYS) for line in lines if line.startswith(SAYS)]


async def test_a_wrong_token_ends_with_one_line_that_does_not_tell_it(site: Site) -> None:
    site.environ = {"TELEGRAM_BOT_TOKEN": "999:wrong"}
    ended = await site.run()
    assert ended.code == 2
    assert complaints(ended) == ["TELEGRAM_BOT_TOKEN is not a token Telegram knows"]
    assert "999:wrong" not in ended.err


async def test_a_bad_setting_ends_with_one_line(site: Site) -> None:
    site.environ = {"TIMEZONE": "Nowhere/Land"}
    ended = await site.run()
    assert ended.code == 2
    assert ended.err == "slow-mailbox: TIMEZONE must be an IANA time zone, Asia/Seoul say\n"


async def test_a_mistyped_setting_and_a_lost_database_are_named(site: Site) -> None:
    (site.folder / ".env").write_text("CAP_LETTER_DAY=3\n")
    (site.folder / ".env").chmod(0o600)
    (site.folder / "data").mkdir(mode=0o700)
    (site.folder / "data" / "stopped.txt").write_text("0123456789abcdef" * 2 + "\n")
    ended = await site.run()
    assert ended.code == 1
    assert complaints(ended) == [
        ".env: CAP_LETTER_DAY is no setting; .env.example lists them all",
        "data has stopped.txt but not its bot.db: bring it back, or move stopped.txt away",
    ]


async def test_a_second_process_on_the_folder_says_why_it_ends_within_two_seconds(
    site: Site,
) -> None:
    async with site.program() as first:
        await site.said("/start", hears="Slow Mailbox")
        ends = [await run_cold("run", folder=site.folder, **site.settings) for _ in range(2)]
        assert {ended.code for ended in ends} == {1}
        for ended in ends:
            assert complaints(ended) == [IN_USE]
        fastest = min(ends, key=lambda ended: ended.seconds)
        assert await was_within(2, fastest, site.folder)
        await site.said("/help", hears="/cancel")
        assert (await first.terminated()).code == 0


async def test_the_local_mode_and_telegram_share_a_folder_without_meeting(site: Site) -> None:
    async with site.program() as program:
        await site.said("/start", hears="Slow Mailbox")
        local = await run("local", folder=site.folder, text="/start\n")
        assert local.code == 0
        assert (await program.terminated()).code == 0


async def test_an_unreachable_telegram_is_one_clear_line_and_mail_goes_out(site: Site) -> None:
    async with site.program() as program:
        await site.seals()
        await program.terminated()
    site.make_due(7)
    await site.api.stop()
    async with site.program() as program:
        await site.mailed(2)
        await program.shows("Telegram can't be reached", stream="err")
        ended = await program.terminated()
    assert ended.code == 0
    assert await was_within(SOON, ended, site.folder)
    assert ended.err.count("can't be reached") == 1
    assert "Traceback" not in ended.err
    assert TOKEN not in ended.err


async def test_telegram_that_comes_back_is_talked_with_again(site: Site) -> None:
    await site.api.stop()
    async with site.program() as program:
        await program.shows("Telegram can't be reached", stream="err")
        await site.api.start()
        await site.said("/start", hears="Slow Mailbox")
        ended = await program.terminated()
    assert ended.code == 0


async def test_an_unreachable_mail_server_is_one_clear_line_and_the_chat_goes_on(
    site: Site,
) -> None:
    async with site.program() as program:
        await site.seals()
        await program.terminated()
    site.make_due(7)
    await site.smtp.stop()
    before = len(site.heard)
    async with site.program() as program:
        await program.shows('"the lane stands still" channel=email', stream="err")
        await site.hears("📮 7 days ago", beyond=before)
        await site.said("/help", hears="/cancel")
        ended = await program.terminated()
    assert ended.code == 0
    assert await was_within(SOON, ended, site.folder)
    assert ended.err.count("stands still") == 1
    assert "Traceback" not in ended.err
    await site.smtp.start()
    site.make_due(7)
    async with site.program():
        await site.mailed(2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_at_rest_it_is_gone_in_time(site: Site, number: signal.Signals) -> None:
    async with site.program() as program:
        await site.said("/start", hears="Slow Mailbox")
        ended = await program.signalled(number)
    assert (ended.code, ended.out) == (0, "")
    assert await was_within(SOON, ended, site.folder)
    assert "Traceback" not in ended.err


LETTERS = 6
EACH_ONCE = [str(number) for number in range(LETTERS)]


async def due_letters(site: Site) -> None:
    """Let so many people have a letter each whose first reminder is due."""
    (site.folder / "data").mkdir(mode=0o700)
    database = await Database.open(site.folder / "data" / "bot.db")
    sealed_at = SystemClock().now() - timedelta(days=7, minutes=1)
    async with database.transaction() as tx:
        for number in EACH_ONCE:
            person = site.telegram.person(number)
            words = Words(f"Letter {number}")
            await seal(tx, person.id, words=words, sealed_at=sealed_at, days=(7, 30))
    await database.close()


def letters_mailed(site: Site) -> list[str]:
    """Return each letter accepted, by the number in its words."""
    texts = [next(mail.message.iter_parts()).get_content() for mail in site.smtp.accepted]
    return sorted(text.split("Letter ")[1].split()[0] for text in texts)


def letters_brought(site: Site) -> list[str]:
    texts = [m.text for m in site.telegram.messages if m.text.startswith("📮")]
    return sorted(text.split("Letter ")[1].split()[0] for text in texts)


async def all_settled(site: Site) -> None:
    """Start once more, and stop when everything due is out."""
    async with site.program() as program:
        while len(set(letters_mailed(site))) < LETTERS:
            await site.mailed(len(site.smtp.accepted) + 1)
        async with asyncio.timeout(PATIENCE):
            while len(letters_brought(site)) < LETTERS:
                handled = sum(call.handled for call in site.api.calls_of("sendMessage"))
                await site.api.wait_for_handled("sendMessage", handled + 1)
        assert (await program.terminated()).code == 0


async def stopped_at(gate: Gate, site: Site) -> Finished:
    """Tell the program to stop when a mail has come to a gate, which stays closed; it stops."""
    async with site.program() as program:
        async with asyncio.timeout(PATIENCE):
            await gate.reached()
        ended = await program.terminated()
    gate.release()
    assert ended.code == 0
    assert await was_within(SOON, ended, site.folder)
    return ended


async def test_told_to_stop_while_the_network_is_cut_it_is_gone_in_time(site: Site) -> None:
    """Mails, reminders and a reply are on their way, connections are idle; nothing answers."""
    await due_letters(site)
    site.smtp.fault(Phase.FINAL_DOT, silence(), times=1)
    site.api.fault("sendMessage", silence(), times=None)
    async with site.program() as program:
        site.telegram.say(ME, "/start")
        await site.mailed(LETTERS - 1)
        async with asyncio.timeout(PATIENCE):
            await site.api.wait_for_calls("sendMessage", LETTERS + 1)
        site.smtp.freeze()
        site.api.freeze()
        ended = await program.terminated()
    assert ended.code == 0
    assert await was_within(4, ended, site.folder)


async def test_sigterm_in_the_middle_of_a_sweep_before_any_bytes_loses_and_doubles_nothing(
    site: Site,
) -> None:
    await due_letters(site)
    ended = await stopped_at(site.smtp.hold(Phase.MAIL), site)
    assert "Traceback" not in ended.err
    await all_settled(site)
    assert letters_mailed(site) == EACH_ONCE
    assert letters_brought(site) == EACH_ONCE


async def test_sigterm_while_a_mail_is_on_its_way_waits_for_its_reply(site: Site) -> None:
    await due_letters(site)
    gate = site.smtp.hold(Phase.ACCEPTED)
    async with site.program() as program:
        async with asyncio.timeout(PATIENCE):
            await gate.reached()
        ending = asyncio.create_task(program.terminated())
        gate.release()
        ended = await ending
    assert ended.code == 0
    assert await was_within(SOON, ended, site.folder)
    assert all(mail.reply_sent for mail in site.smtp.accepted)
    await all_settled(site)
    assert letters_mailed(site) == EACH_ONCE
    assert letters_brought(site) == EACH_ONCE


async def test_sigterm_while_a_reply_never_comes_sends_that_mail_once_more_and_no_other(
    site: Site,
) -> None:
    await due_letters(site)
    await stopped_at(site.smtp.hold(Phase.ACCEPTED), site)
    await site.smtp.wait_until_idle()
    unseen = [mail.message["Message-ID"] for mail in site.smtp.accepted]
    assert not any(mail.reply_sent for mail in site.smtp.accepted)
    site.rows("UPDATE deliveries SET next_at = due_at WHERE state = 'retry'")
    await all_settled(site)
    assert letters_brought(site) == EACH_ONCE
    ids = [mail.message["Message-ID"] for mail in site.smtp.accepted]
    assert set(letters_mailed(site)) == set(EACH_ONCE)
    for message_id in set(ids):
        assert ids.count(message_id) <= (2 if message_id in unseen else 1)
