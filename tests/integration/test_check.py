"""`check`: each part is found to be as it is, and nothing is sent or changed by looking."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import DATABASE
from bot.check import Finding, look_over
from bot.clock import SystemClock
from bot.delivery.smtp import Limits
from bot.delivery.smtp_check import try_server
from bot.local.telegram import Telegram
from bot.settings import parse_settings
from bot.store import meta
from bot.store.database import Database
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys, LostKey, name_of, new_key
from bot.store.meta import MetaKey
from bot.store.migrations import steps
from bot.store.stopped_file import STOPPED
from tests.support.bot_api import BotApiServer, server_error
from tests.support.clock import ManualClock
from tests.support.faults import Fault, drop, garbage, reset, silence
from tests.support.older import kept_before, make_older
from tests.support.sealed_letters import seal_letters
from tests.support.settings import environ_of
from tests.support.smtp import Extension, Phase, reply
from tests.support.smtpd import ScriptedSmtp

LOGIN = {"box": "p4ssword"}
KEY = new_key()


class Site:
    """All that an operator sets up, in good order."""

    def __init__(self, folder: Path, smtp: ScriptedSmtp, api: BotApiServer) -> None:
        self.folder = folder
        self.smtp = smtp
        self.api = api
        self.environ = {
            "DATA_DIR": str(folder),
            **environ_of(smtp_port=smtp.port, api=api.origin),
            "SMTP_USERNAME": "box",
            "SMTP_PASSWORD": LOGIN["box"],
            "LETTER_KEYS": KEY,
        }

    @property
    def path(self) -> Path:
        return self.folder / DATABASE

    async def faults(self) -> dict[str, str]:
        """Return what is said of the parts that are found faulty."""
        return {finding.part: finding.text for finding in await self.findings() if not finding.ok}

    async def told(self, part: str) -> str:
        """Return what is said of a part, which is found to be well."""
        [finding] = [each for each in await self.findings() if each.part == part]
        assert finding.ok
        return finding.text

    async def findings(self) -> list[Finding]:
        found = [each async for each in look_over(parse_settings(self.environ))]
        assert [each.part for each in found] == ["settings", "store", "mail", "telegram"]
        assert all("\n" not in str(each) for each in found)
        assert not any(secret in str(found) for secret in (LOGIN["box"], self.api.token, KEY))
        return found


@pytest.fixture
async def site(tmp_path: Path, telegram: Telegram) -> AsyncIterator[Site]:
    readable = set(Extension) - {Extension.STARTTLS}
    async with (
        ScriptedSmtp(credentials=LOGIN, extensions=readable) as smtp,
        BotApiServer(telegram) as api,
    ):
        yield Site(tmp_path, smtp, api)


async def test_where_all_is_well_all_is_ok_and_nothing_is_sent_or_made(site: Site) -> None:
    assert await site.faults() == {}
    assert name_of(KEY) in await site.told("settings")
    assert "first start" in await site.told("store")
    assert "log in" in await site.told("mail")
    assert "@" in await site.told("telegram")
    assert not list(site.folder.iterdir())
    assert not site.smtp.accepted
    [*before, mail, rcpt, rset, quit_] = site.smtp.commands[:6]
    assert [command.split(" ")[0] for command in before] == ["EHLO", "AUTH"]
    own = "<letters@mailbox.example>"
    assert (mail, rcpt, rset, quit_) == (f"MAIL FROM:{own}", f"RCPT TO:{own}", "RSET", "QUIT")
    assert {call.method for call in site.api.calls} == {"getMe"}
    await site.smtp.wait_until_idle()


async def test_a_store_in_use_is_looked_at_without_a_change(site: Site, clock: ManualClock) -> None:
    database = await Database.open(site.path, Keys.of([KEY]))
    try:
        await seal_letters(database, clock, 3)
        before = {path.name: path.read_bytes() for path in files(site.folder)}
        assert await site.told("store") == "whole; letters: 3"
        assert {path.name: path.read_bytes() for path in files(site.folder)} == before
    finally:
        await database.close()
    assert await site.told("store") == "whole; letters: 3"


async def test_what_waits_for_a_rotation_is_counted(site: Site, clock: ManualClock) -> None:
    await stored(site, clock, Keys.of([]))
    assert "65 keys wait for `python -m bot keys --rotate`" in await site.told("store")
    site.environ["LETTER_KEYS"] = ""
    assert await site.told("store") == "whole; letters: 2"
    assert "python -m bot keys" in await site.told("settings")


async def test_a_lost_key_is_named(site: Site, clock: ManualClock) -> None:
    lost = new_key()
    await stored(site, clock, Keys.of([lost]))
    faults = await site.faults()
    assert list(faults) == ["store"]
    assert faults["store"].startswith(f"LETTER_KEYS lacks key {name_of(lost)}; ")


async def test_a_damaged_store_is_found_to_be_damaged(site: Site, clock: ManualClock) -> None:
    await stored(site, clock, Keys.of([KEY]))
    connection = sqlite3.connect(site.path)
    with connection:
        connection.execute("UPDATE letters SET address_id = 99 WHERE id = 1")
    connection.close()
    told = "damaged; faults that SQLite finds: 1; bring back a copy"
    assert await site.faults() == {"store": told}


async def test_what_would_keep_the_program_from_starting_is_found(
    site: Site, clock: ManualClock
) -> None:
    (site.folder / STOPPED).write_text("0123456789abcdef" * 2 + "\n")
    assert list(await site.faults()) == ["store"]
    assert "but not its bot.db" in (await site.faults())["store"]
    (site.folder / STOPPED).unlink()

    await stored(site, clock, Keys.of([KEY]))
    database = await Database.open(site.path, Keys.of([KEY]))
    async with database.transaction() as tx:
        await meta.remember(tx, MetaKey.BOT_ID, "77")
    await database.close()
    assert list(await site.faults()) == ["store"]
    assert "another bot's" in (await site.faults())["store"]

    site.environ["DATA_DIR"] = str(site.path)
    assert "DATA_DIR must be a folder" in (await site.faults())["store"]


async def test_whether_the_operator_can_be_told_of_faults_is_looked_at(
    site: Site, telegram: Telegram
) -> None:
    assert "set ADMIN_CHAT_ID" in await site.told("telegram")
    me = telegram.person("me")
    site.environ["ADMIN_CHAT_ID"] = str(me.id)
    assert "you are told of faults there" in await site.told("telegram")
    telegram.block(me)
    assert "send it /start" in (await site.faults())["telegram"]
    assert not telegram.messages


async def test_a_file_that_is_no_store_is_told_from_one(site: Site) -> None:
    site.path.write_bytes(b"Dear diary " * 500)
    assert list(await site.faults()) == ["store"]


async def test_an_older_store_is_well_and_a_newer_one_is_not(site: Site) -> None:
    [(first, _), *_] = steps()
    connection = sqlite3.connect(site.path)
    connection.execute("CREATE TABLE early (words TEXT)")
    connection.execute(f"PRAGMA user_version = {first}")
    assert "next start brings it up to date" in await site.told("store")
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    assert "newer version" in (await site.faults())["store"]


async def test_files_of_no_length_are_told_as_none(site: Site) -> None:
    for name in (DATABASE, LEDGER):
        (site.folder / name).touch()
    assert "first start" in await site.told("store")


async def test_an_older_store_wants_the_keys_that_it_was_kept_with(site: Site) -> None:
    lost = new_key()
    await make_older(site.path)
    keep(site.path, "UPDATE letters SET text = ?", kept_before("Quokka", lost))
    keep(site.path, "UPDATE facts SET value = ?", kept_before("00ff", KEY))
    assert (await site.faults())["store"].startswith(f"LETTER_KEYS lacks key {name_of(lost)}; ")
    site.environ["LETTER_KEYS"] += f",{lost}"
    assert "next start brings it up to date" in await site.told("store")
    site.environ["LETTER_KEYS"] = lost
    assert (await site.faults())["store"].startswith(f"LETTER_KEYS lacks key {name_of(KEY)}; ")


async def test_an_older_store_of_another_bot_is_told_as_such(site: Site) -> None:
    await make_older(site.path)
    keep(site.path, "INSERT INTO facts VALUES ('bot-id', ?)", "=77")
    assert "another bot's" in (await site.faults())["store"]


async def test_one_whose_first_start_was_refused_halfway_is_still_an_older_one(
    site: Site,
) -> None:
    lost = new_key()
    await make_older(site.path)
    keep(site.path, "UPDATE facts SET value = ?", kept_before("00ff", lost))
    with pytest.raises(LostKey):
        await Database.open(site.path, Keys.of([KEY]))
    before = {path.name for path in files(site.folder)}
    assert (await site.faults())["store"].startswith(f"LETTER_KEYS lacks key {name_of(lost)}; ")
    site.environ["LETTER_KEYS"] = lost
    assert "next start brings it up to date" in await site.told("store")
    assert {path.name for path in files(site.folder)} == before


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM facts WHERE name = 'pepper'",
        "UPDATE facts SET value = '*1:AAAA' WHERE name = 'pepper'",
    ],
)
async def test_a_secret_that_cannot_be_read_is_found(
    site: Site, clock: ManualClock, change: str
) -> None:
    await stored(site, clock, Keys.of([KEY]))
    keep(site.folder / LEDGER, change)
    assert "damaged bot.db or ledger.db" in (await site.faults())["store"]


async def test_a_ledger_of_a_newer_version_is_told(site: Site, clock: ManualClock) -> None:
    await stored(site, clock, Keys.of([KEY]))
    keep(site.folder / LEDGER, "PRAGMA user_version = 9999")
    assert "newer version" in (await site.faults())["store"]


@pytest.mark.parametrize(
    ("phase", "answer", "reason", "remedy"),
    [
        (Phase.GREETING, reply(554), "554@greeting", "your provider's submission server"),
        (Phase.GREETING, reply(421), "421@greeting", "again in a few minutes"),
        (Phase.GREETING, garbage(), "garbled@greeting", "SMTP_SECURITY=tls"),
        (Phase.GREETING, drop(), "unreachable@greeting", "look at SMTP_HOST and SMTP_PORT"),
        (Phase.EHLO, reply(421), "421@ehlo", "again in a few minutes"),
        (Phase.EHLO, reply(550), "550@ehlo", "mailbox.example, the domain of MAIL_FROM"),
        (Phase.EHLO, drop(), "dropped@ehlo", "ask whoever runs the server"),
        (Phase.AUTH, reply(454), "454@auth", "again in a few minutes"),
        (Phase.AUTH, reply(535), "535@auth", "wrong username or password"),
        (Phase.AUTH, reply(534, "5.7.9"), "534-5.7.9@auth", "app password"),
        (Phase.AUTH, reply(538), "538@auth", "SMTP_SECURITY"),
        (Phase.MAIL, reply(451, "4.7.1"), "451-4.7.1@mail", "takes no mail for now"),
        (Phase.MAIL, reply(553, "5.7.1"), "553-5.7.1@mail", "refuses MAIL_FROM as the sender"),
        (Phase.RCPT, reply(451, "4.7.1"), "451-4.7.1@rcpt", "puts off"),
        (Phase.RCPT, reply(550, "5.1.1"), "550-5.1.1@rcpt", "own address takes no mail"),
        (Phase.RCPT, reply(550, "5.7.1"), "550-5.7.1@rcpt", "its rules forbid"),
    ],
    ids=str,
)
async def test_what_a_mail_server_refuses_is_told_with_its_code_and_what_to_do(
    site: Site, phase: Phase, answer: Fault, reason: str, remedy: str
) -> None:
    site.smtp.fault(phase, answer)
    told = (await site.faults())["mail"]
    assert f"smtp-{reason}" in told
    assert remedy in told
    assert not site.smtp.accepted


@pytest.mark.parametrize(
    ("phase", "words", "remedy"),
    [
        (Phase.RCPT, reply(550, text="relay not permitted"), "submission server"),
        (Phase.RCPT, reply(550, "5.4.5", text="Daily user sending limit exceeded"), "limit"),
        (Phase.MAIL, reply(554, text="Sending paused for this account"), "its console"),
    ],
    ids=str,
)
async def test_a_cause_that_the_server_names_is_told_with_its_remedy(
    site: Site, phase: Phase, words: Fault, remedy: str
) -> None:
    site.smtp.fault(phase, words)
    assert remedy in (await site.faults())["mail"]


async def test_a_wrong_password_is_found_at_its_first_try(site: Site) -> None:
    site.environ["SMTP_PASSWORD"] = "wrong"
    told = (await site.faults())["mail"]
    assert "smtp-535-5.7.8@auth" in told
    assert "correct SMTP_USERNAME and SMTP_PASSWORD" in told
    assert len(site.smtp.logins) == 1


async def test_an_account_that_has_no_scram_is_told_of_as_possible(site: Site) -> None:
    site.smtp.mechanisms = ["PLAIN", "SCRAM-SHA-256"]
    site.smtp.fault(Phase.AUTH, reply(535, "5.7.8"))
    assert "can't log in by SCRAM-SHA-256" in (await site.faults())["mail"]
    site.smtp.mechanisms = ["PLAIN"]
    assert "can't log in by" not in (await site.faults())["mail"]


async def test_an_answer_that_is_held_back_is_told_as_what_it_mostly_is(site: Site) -> None:
    site.smtp.fault(Phase.AUTH, silence())
    smtp = parse_settings(site.environ).smtp
    assert smtp is not None
    trial = await try_server(smtp, SystemClock(), Limits(opening=0.5))
    assert not trial.ok
    assert "smtp-silence@auth" in trial.text
    assert "wrong username or password" in trial.text


@pytest.mark.parametrize(
    ("mechanisms", "remedy"),
    [(["XOAUTH2"], "use SMTP_OAUTH_TOKEN_FILE"), (["NTLM"], "takes no password")],
)
async def test_a_server_without_a_way_to_log_in_is_told_from_a_wrong_password(
    site: Site, mechanisms: list[str], remedy: str
) -> None:
    site.smtp.mechanisms = mechanisms
    assert remedy in (await site.faults())["mail"]


async def test_a_token_is_tried_and_told_of_as_one(site: Site, tmp_path: Path) -> None:
    site.environ |= {"SMTP_PASSWORD": "", "SMTP_OAUTH_TOKEN_FILE": str(token_file(tmp_path))}
    assert "offers no XOAUTH2" in (await site.faults())["mail"]
    site.smtp.mechanisms = ["XOAUTH2"]
    assert "have SMTP_OAUTH_TOKEN_FILE written anew" in (await site.faults())["mail"]
    site.smtp.credentials = {"box": "t0ken"}
    assert "log in" in await site.told("mail")


async def test_a_login_that_is_wanted_or_not_is_told(site: Site) -> None:
    site.environ |= {"SMTP_USERNAME": "", "SMTP_PASSWORD": ""}
    assert "set SMTP_USERNAME and SMTP_PASSWORD" in (await site.faults())["mail"]
    site.smtp.fault(Phase.RCPT, reply(554, "5.7.1"), times=1)
    site.smtp.credentials = None
    assert "if it wants a login" in (await site.faults())["mail"]
    assert "answers" in await site.told("mail")
    site.environ |= {"SMTP_USERNAME": "box", "SMTP_PASSWORD": LOGIN["box"]}
    assert "leave SMTP_USERNAME and SMTP_PASSWORD empty" in (await site.faults())["mail"]


async def test_a_server_without_starttls_is_told_as_such(site: Site) -> None:
    site.environ["SMTP_SECURITY"] = "starttls"
    assert "offers no STARTTLS" in (await site.faults())["mail"]


async def test_a_certificate_nobody_vouches_for_is_found_before_the_login(site: Site) -> None:
    site.smtp.extensions = tuple(Extension)
    site.environ["SMTP_SECURITY"] = "starttls"
    told = (await site.faults())["mail"]
    assert "tls-refused" in told
    assert "SMTP_CA_FILE" in told
    assert not any(command.startswith("AUTH") for command in site.smtp.commands)


async def test_a_wrong_token_is_found(site: Site) -> None:
    site.environ["TELEGRAM_BOT_TOKEN"] = "1:unknown"
    assert list(await site.faults()) == ["telegram"]


async def test_a_telegram_out_of_order_is_told_from_a_wrong_token(site: Site) -> None:
    for fault in (server_error(), reset()):
        site.api.fault("getMe", fault)
        assert "can't be reached" in (await site.faults())["telegram"]


async def test_servers_that_are_not_there_are_found(site: Site) -> None:
    with_nobody = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = with_nobody.sockets[0].getsockname()[1]
    with_nobody.close()
    await with_nobody.wait_closed()
    site.environ |= {"SMTP_PORT": str(port), "TELEGRAM_BASE_URL": f"http://127.0.0.1:{port}"}
    faults = await site.faults()
    assert list(faults) == ["mail", "telegram"]
    assert "smtp-unreachable" in faults["mail"]


async def test_what_is_not_set_is_named(site: Site) -> None:
    site.environ |= {"SMTP_HOST": "", "TELEGRAM_BOT_TOKEN": ""}
    faults = await site.faults()
    assert "SMTP_HOST" in faults["mail"]
    assert "TELEGRAM_BOT_TOKEN" in faults["telegram"]


def token_file(folder: Path) -> Path:
    file = folder / "access-token"
    file.write_text("t0ken")
    return file


async def stored(site: Site, clock: ManualClock, keys: Keys) -> None:
    database = await Database.open(site.path, keys)
    await seal_letters(database, clock, 2)
    await database.close()


def keep(path: Path, sql: str, *values: str) -> None:
    """Change a store that isn't open."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, values)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.endswith("-shm")]
