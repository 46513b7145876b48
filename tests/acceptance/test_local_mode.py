"""`python -m bot local` in a pipe, as its contract has it."""

import asyncio
import email
import email.policy
import os
import re
import sqlite3
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.forks import surroundings
from tests.support.program import (
    Finished,
    files_under,
    run,
    run_cold,
    running,
    was_within,
)
from tests.support.talk import told

SCRIPT = ("/write", "Run every morning", "me@example.com", ":open", ":skip 7d", ":skip 23d")
MOMENT = re.compile(
    r"[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}(, \d{4})?(, \d{1,2}(:\d{2})?\s[AP]M)?"
    r"|\d{1,2}(:\d{2})?\s[AP]M|(\d{4}년 )?\d{1,2}월 \d{1,2}일 \S요일( \S+ \d{1,2}(:\d{2}|시))?"
)

CODE = re.compile(r"\b\d{3} \d{3}\b")
IDS = re.compile(r"^ {8}\d{3} ?\d{3}$|(?<=start=)\S+", re.MULTILINE)


def lines(*typed: str) -> str:
    return "".join(f"{line}\n" for line in typed)


SUBJECTS = [f"“Run every morning”: your letter, {days} days ago" for days in (7, 30)]


def mails_in(folder: Path) -> list[EmailMessage]:
    """Return the mails as a mail client reads them, in order of arrival."""
    paths = sorted((folder / "mail").glob("*.eml"))
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths
    ]


def bodies(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def letters(folder: Path) -> int:
    with sqlite3.connect(folder / "bot.db") as connection:
        [[number]] = connection.execute("SELECT count(*) FROM letters")
    connection.close()
    return int(number)


async def test_the_piped_journey_shows_both_reminders_and_leaves_mails_that_open(
    tmp_path: Path,
) -> None:
    script = lines(*SCRIPT, ":quit")
    ended = await run_cold("local", folder=tmp_path, text=script, DATA_DIR="box")
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert "\x1b" not in ended.out
    assert "Sealed. 💌" in ended.out
    for days in (7, 30):
        [reminder] = re.findall(rf" 📮 {days} days ago, .*\n {{5}}│ (.*)", ended.out)
        assert reminder == "Run every morning"
    reminders = mails_in(tmp_path / "box" / "local")[-2:]
    assert [str(mail["Subject"]) for mail in reminders] == [
        f"“Run every morning”: your letter, {days} days ago" for days in (7, 30)
    ]
    for mail in reminders:
        assert mail["To"] == "me@example.com"
        assert not mail.defects
        assert all("Run every morning" in body for body in bodies(mail))
    shown = re.findall(r"^mail> me@example.com · .* · (.*)$", ended.out, re.MULTILINE)
    assert set(shown) <= files_under(tmp_path)
    assert len(shown) == len(mails_in(tmp_path / "box" / "local"))


async def test_the_same_lines_show_the_same_but_for_dates(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    script = lines(*SCRIPT, ":mail 1")
    ends = await asyncio.gather(*(run("local", folder=each, text=script) for each in folders))
    shown = [IDS.sub("<id>", MOMENT.sub("<when>", CODE.sub("<code>", e.out))) for e in ends]
    assert shown[0] == shown[1]
    assert "<when>" in shown[0]
    assert "<id>" in shown[0]


async def test_korean_is_spoken_to_who_sets_it(tmp_path: Path) -> None:
    script = lines(":lang ko", "/write", "매일 달리기", "me@example.com", ":open", ":skip 7d")
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    assert "편지를 봉했어요. 💌" in ended.out
    assert "bot> ↩ 매일 달리기\n     📮" in ended.out.split(":skip 7d")[1]
    mail = mails_in(tmp_path / "data" / "local")[-1]
    assert mail["Content-Language"] == "ko"
    assert all("매일 달리기" in body for body in bodies(mail))


async def test_without_a_token_and_a_command_it_is_the_local_mode_and_says_so(
    tmp_path: Path,
) -> None:
    ended = await run(folder=tmp_path, text=lines("/help"))
    assert ended.code == 0
    assert "No TELEGRAM_BOT_TOKEN is set, so this is the local mode" in ended.err
    assert "local mode" in ended.out
    assert told("help").splitlines()[0] in ended.out


async def test_with_a_token_local_is_still_the_local_mode(tmp_path: Path) -> None:
    ended = await run("local", folder=tmp_path, text=lines("/help"), TELEGRAM_BOT_TOKEN="1:x")
    assert ended.code == 0
    assert "/write  write a letter" in ended.out


@pytest.mark.parametrize("text", ["", "/help"])
async def test_input_that_ends_without_a_newline_or_at_once_ends_well(
    tmp_path: Path, text: str
) -> None:
    ended = await run("local", folder=tmp_path, text=text)
    assert ended.code == 0
    assert "Traceback" not in ended.err


async def test_nothing_is_written_outside_the_data_folder(tmp_path: Path) -> None:
    home, box = tmp_path / "home", tmp_path / "box"
    home.mkdir()
    await run("local", folder=home, text=lines(*SCRIPT), DATA_DIR=str(box))
    assert files_under(home) == set()
    assert files_under(tmp_path) - {"home", "box"} == {f"box/{name}" for name in files_under(box)}
    assert {name.split("/")[0] for name in files_under(box)} == {"local"}
    assert {path.stat().st_mode & 0o077 for path in box.rglob("*")} == {0}


STEPS = [
    ("/write", told("ask-words").splitlines()[0]),
    ("Run every morning", told("so-far", words="").splitlines()[-1]),
    ("me@gmial.com", "Did you mean me@gmail.com?"),
    (":press Use me@gmail.com", "mail> me@gmail.com"),
    (":open", "me@gmail.com is confirmed."),
]


async def test_killed_right_after_the_bots_last_word_at_every_step_it_goes_on(
    tmp_path: Path,
) -> None:
    for line, shows in STEPS:
        async with running("local", folder=tmp_path) as program:
            await program.typed(line, shows)
            assert (await program.killed()).code == -9
    assert letters(tmp_path / "data" / "local") == 1
    async with running("local", folder=tmp_path) as program:
        await program.typed(":skip 7d", "📮 7 days ago")
        await program.shows("time> ", beyond=program.out.index("📮"))
        await program.killed()
    ended = await run("local", folder=tmp_path, text=lines(":skip 23d"))
    assert ended.code == 0
    assert ended.out.count("📮 30 days ago") == 1
    assert "📮 7 days ago" not in ended.out
    subjects = [str(mail["Subject"]) for mail in mails_in(tmp_path / "data" / "local")]
    assert subjects[1:] == [
        f"“Run every morning”: your letter, {days} days ago" for days in (7, 30)
    ]
    assert letters(tmp_path / "data" / "local") == 1


@pytest.mark.parametrize(
    ("before", "line", "shows"),
    [
        pytest.param(("/write", "a" * 4001), "/cancel", "The draft is gone", id="too-long"),
        pytest.param(("/write", "Run", "me@"), "me@example.com", "Sealed", id="malformed"),
        pytest.param(("/write", "Run", "/write"), ":press Go on", "I have this so far", id="go-on"),
        pytest.param(("/write", "Run", "/cancel"), "Run", "a mailbox: I keep", id="cancelled"),
        pytest.param(
            ("/write", "Run", ":skip 1d"), ":press Go on", "I have this so far", id="put-aside"
        ),
    ],
)
async def test_killed_elsewhere_in_the_conversation_it_goes_on(
    tmp_path: Path, before: tuple[str, ...], line: str, shows: str
) -> None:
    async with running("local", folder=tmp_path) as program:
        for each in before:
            await program.typed(each, "time> " if each.startswith(":skip") else "bot> ")
        await program.killed()
    async with running("local", folder=tmp_path) as program:
        await program.typed(line, shows)
        ended = await program.fed("")
    assert ended.code == 0
    assert "Traceback" not in ended.err


async def test_a_second_process_says_why_it_ends_within_two_seconds(tmp_path: Path) -> None:
    async with running("local", folder=tmp_path) as first:
        await first.shows("time> ")
        ends = [await second(tmp_path) for _ in range(2)]
        fastest = min(ends, key=lambda ended: ended.seconds)
        assert await was_within(2, fastest, tmp_path)
        await first.typed("/help", "/write  write a letter")
        assert (await first.fed("")).code == 0


async def test_a_folder_that_cant_be_one_is_named_with_the_systems_reason(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    ended = await run("local", folder=tmp_path)
    assert ended.code == 1
    told = f"{tmp_path / 'data'} is in the way; DATA_DIR must be a folder (Not a directory)"
    assert ended.err == f"slow-mailbox: {told}\n"


async def test_output_that_nobody_reads_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "local"),
        env=surroundings(tmp_path, {}),
        cwd=tmp_path,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=writer,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writer)
    _, err = await program.communicate()
    assert program.returncode == 1
    assert err.decode() == "slow-mailbox: nobody reads the output any more\n"


async def test_a_store_that_cant_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "local"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "bot.db").write_bytes(b"no database" * 100)
    ended = await run("local", folder=tmp_path)
    assert ended.code == 2
    assert "slow-mailbox: data/local: bot.db is damaged: bring back a copy\n" in ended.err


async def second(folder: Path) -> Finished:
    """Start one more on the same folder, and return how it ended."""
    ended = await run_cold("local", folder=folder)
    assert ended.code == 1
    assert ended.out == ""
    assert ended.err.startswith("slow-mailbox: data/local: another process is using this folder; ")
    return ended
