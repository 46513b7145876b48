"""The operator's commands for encryption and a look at it all, and what a start warns of."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local.telegram import Telegram
from bot.settings import parse_settings
from bot.store.letter_keys import name_of, new_key
from tests.support.at_rest import files_with, keys_kept, legible
from tests.support.bot_api import BotApiServer
from tests.support.program import Finished, files_under, run, running
from tests.support.settings import environ_of
from tests.support.smtpd import ScriptedSmtp

WORDS = "Quokkas jubilate"
ADDRESS = "zebrafinch@marmalade.example"
DATABASE = Path("data/local/bot.db")


@pytest.fixture
async def servers(telegram: Telegram, smtp_server: ScriptedSmtp) -> AsyncIterator[dict[str, str]]:
    """Return the settings of a bot whose Telegram and mail server are there."""
    async with BotApiServer(telegram) as api:
        yield environ_of(smtp_port=smtp_server.port, api=api.origin)


async def test_a_script_can_take_a_fresh_key_whatever_the_settings(tmp_path: Path) -> None:
    ends = await asyncio.gather(
        run("keys", folder=tmp_path), run("keys", folder=tmp_path, LETTER_KEYS="bad", TIMEZONE="?")
    )
    keys = [end.out.removesuffix("\n") for end in ends]
    assert len(set(keys)) == 2
    for key, end in zip(keys, ends, strict=True):
        assert end.code == 0
        assert parse_settings({"LETTER_KEYS": key}).letter_keys == (key,)
        assert name_of(key) in end.err
        assert key not in end.err
        assert "LETTER_KEYS" in end.err
        assert "--rotate" in end.err
    assert not files_under(tmp_path)


async def test_where_there_is_no_store_nothing_is_said_to_be_encrypted(tmp_path: Path) -> None:
    end = await run("keys", "--rotate", folder=tmp_path, LETTER_KEYS=new_key())
    assert (end.code, end.out) == (1, "")
    assert end.err.startswith("slow-mailbox: data: no bot.db is there")
    assert not files_under(tmp_path)


async def test_wrapping_turned_on_later_takes_in_every_key_and_wants_its_own_from_then_on(
    tmp_path: Path,
) -> None:
    key, other = new_key(), new_key()
    await local(tmp_path, "/write", WORDS, ADDRESS, ":open")
    store = tmp_path / DATABASE.parent
    plain = keys_kept(store).values()
    assert all("ledger.db" in files_with(store, each) for each in plain)
    assert "bot.db" not in {name for name, _ in legible(store, WORDS, ADDRESS)}

    end = await run("keys", "--rotate", folder=tmp_path, LETTER_KEYS=key)
    assert (end.code, end.err) == (0, "")
    assert name_of(key) in end.out
    assert int(end.out.split(" ")[0]) > 4
    assert not any(files_with(store, each) for each in plain)

    before = (tmp_path / DATABASE).read_bytes()
    for environ in ({}, {"LETTER_KEYS": other}):
        end = await local(tmp_path, ":skip 7d", **environ)
        assert end.code == 2
        [line] = end.err.splitlines()[-1:]
        assert f"LETTER_KEYS lacks key {name_of(key)}" in line
        assert "Traceback" not in end.err
        assert WORDS not in end.out
    assert (tmp_path / DATABASE).read_bytes() == before

    end = await run("keys", "--rotate", folder=tmp_path, LETTER_KEYS=f"{other},{key}")
    assert (end.code, end.err) == (0, "")
    end = await local(tmp_path, ":skip 7d", LETTER_KEYS=other)
    assert end.code == 0
    assert WORDS in end.out


async def test_a_damaged_value_is_no_lost_key_and_no_traceback(tmp_path: Path) -> None:
    key = new_key()
    await local(tmp_path, "/start", LETTER_KEYS=key)
    with sqlite3.connect(tmp_path / DATABASE.with_name("ledger.db")) as connection:
        connection.execute("UPDATE facts SET value = substr(value, 1, 40) WHERE name = 'pepper'")
    connection.close()
    end = await local(tmp_path, LETTER_KEYS=key)
    assert end.code == 1
    [line] = end.err.splitlines()[-1:]
    assert "damaged" in line
    assert "Traceback" not in end.err


async def test_a_rotation_that_cannot_be_says_why_in_one_line(tmp_path: Path) -> None:
    key = new_key()
    async with running("local", folder=tmp_path) as program:
        await program.shows("time> ")
        busy, keyless, bad = await asyncio.gather(
            run("keys", "--rotate", folder=tmp_path, LETTER_KEYS=key),
            run("keys", "--rotate", folder=tmp_path),
            run("keys", "--rotate", folder=tmp_path, LETTER_KEYS=f"{key[:-2]}=="),
        )
    assert (busy.code, keyless.code, bad.code) == (1, 2, 2)
    for end, cause in ((busy, "another process"), (keyless, "must be set"), (bad, "must be keys")):
        [line] = end.err.splitlines()
        assert cause in line
        assert key[:-2] not in line
        assert end.out == ""


async def test_what_is_made_is_the_operators_alone(tmp_path: Path) -> None:
    await local(tmp_path, "/write", WORDS, ADDRESS, ":open", ":skip 7d", LETTER_KEYS=new_key())
    made = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "data").rglob("*")}
    assert {path.name for path in made} >= {"bot.db", "ledger.db", "lock", "telegram.json", "mail"}
    assert {path.name for path in made if path.suffix == ".eml"}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in made.items())
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


async def test_a_start_warns_of_onlookers_and_tells_once_how_to_encrypt(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    (tmp_path / "data").mkdir(0o755)
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n")
    (tmp_path / ".env").chmod(0o644)
    plain = await started(tmp_path, servers)
    assert plain.count("chmod 600 .env") == 1
    assert plain.count("chmod 700 data") == 1
    assert plain.count("python -m bot keys") == 1

    (tmp_path / "data").chmod(0o700)
    (tmp_path / ".env").chmod(0o600)
    sealed = await started(tmp_path, {**servers, "LETTER_KEYS": new_key()})
    assert "chmod" not in sealed
    assert "python -m bot keys" not in sealed


async def test_the_local_mode_says_nothing_of_encryption_or_of_a_folder_cloned_for_all_to_see(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir(0o755)
    end = await local(tmp_path, "/start")
    assert end.code == 0
    assert "keys" not in end.err
    assert "chmod" not in end.err


async def test_a_check_has_a_line_for_each_part_and_its_exit_code_tells_the_rest(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    well, broken, misset = await asyncio.gather(
        run("check", folder=tmp_path, **servers),
        run("check", folder=tmp_path, **{**servers, "TELEGRAM_BOT_TOKEN": "1:unknown"}),
        run("check", folder=tmp_path, **servers, LETTER_KEYS="bad"),
    )
    assert (well.code, broken.code, misset.code) == (0, 1, 1)
    assert [line.split()[:2] for line in well.out.splitlines()] == [
        ["ok", part] for part in ("settings", "store", "mail", "telegram")
    ]
    assert [line.split()[0] for line in broken.out.splitlines()] == ["ok", "ok", "ok", "FAULT"]
    assert well.err == broken.err == ""
    [line] = misset.err.splitlines()
    assert "LETTER_KEYS must be keys" in line
    assert not files_under(tmp_path)


async def local(folder: Path, *typed: str, **environ: str) -> Finished:
    text = "".join(f"{line}\n" for line in typed)
    return await run("local", folder=folder, text=text, **environ)


async def started(folder: Path, environ: dict[str, str]) -> str:
    """Return what the bot logged and complained of until it spoke with Telegram."""
    async with running("run", folder=folder, **environ) as program:
        await program.shows("the bot is ready", stream="err")
        return (await program.terminated()).err
