"""Nobody reads people's words and addresses in the files without the keys, or elsewhere in them."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answers import Answer, Line
from bot.app import DATABASE
from bot.drafts import Draft
from bot.messages.operator_notes import LaneMended
from bot.store import answers, drafts, inbox, meta, outbox, postscripts, replies
from bot.store.answers import Occasion
from bot.store.database import Database
from bot.store.encrypted import COLUMNS, ENCRYPTED_COLUMNS, Column
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys, new_key
from bot.store.meta import MetaKey
from bot.store.migrations import steps
from bot.store.replies import Reply
from bot.store.vault import Cell, Undecipherable
from bot.text import Words
from tests.support.app import FakeUser, Harness
from tests.support.at_rest import encrypted_values, kept, legible
from tests.support.clock import ManualClock
from tests.support.delivery_side import ADMIN
from tests.support.sealed_letters import seal_letter
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told

LETTER = "Quokkas jubilate\n매일아침 달리기 🙂"
ADDRESS = "zebrafinch@marmalade.example"
DRAFT = "Unfinished symphony"
SLIP = "wombatling@gmial.com"
UPDATE = "Parakeet pantomime"
POSTSCRIPT = "Narwhals nocturnal"
NOTE = "Axolotls abounding"
EVERYTHING = (LETTER, POSTSCRIPT, NOTE, ADDRESS, DRAFT, SLIP, "wombatling@gmail.com", UPDATE)
DAY_7 = Occasion(person_id=1, letter_id=1, day=7)

PLAIN = {
    "people": {
        *("language", "zone", "met_at", "blocked_at", "thanked_at"),
        *("chosen_language", "asked", "asked_at"),
    },
    "addresses": {
        *("exact_key", "mailbox_key", "legacy_key", "wide_key", "domain_key"),
        *("used_at", "refused_at", "confirmed_at", "accepted_at", "refused_day"),
        *("nudge_at", "nudged_at", "needed_until"),
    },
    "forgotten_addresses": {"exact_key", "mailbox_key", "legacy_key"},
    "letters": {"zone", "sealed_at", "under_way_until", "burned_at"},
    "postscripts": {"added_at"},
    "answers": {"said_at"},
    "deliveries": {
        *("key", "kind", "channel", "due_at", "token", "state", "next_at"),
        *("lease_until", "sent_at", "failed_at", "reason"),
    },
    "drafts": {"step", "touched_at"},
    "updates": {"received_at"},
    "holds": {"until"},
    "sqlite_sequence": {"name", "seq"},
    "facts": {"name"},
    "pairing": {"store_id"},
    "confirmations": {"person_key", "asked_at", "goes_at"},
    "confirmation_asks": {"person_key", "asked_at"},
    "confirmation_mails": {"wide_key", "domain_key", "person_key", "owed_at"},
    "confirmation_tries": {"exact_key", "tried_at"},
    "suppressions": {"mailbox_key", "suppressed_at", "notified_at", "lifted_at"},
    "slots": {"name"},
}
"""The columns that hold nothing a person wrote and no address: moments, states, keyed hashes."""


def test_every_column_that_can_hold_words_is_sealed_or_known_to_hold_none() -> None:
    connection = sqlite3.connect(":memory:")
    for _, sql in steps():
        connection.executescript(sql)
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")
    ]
    wordy = {
        (table, column)
        for table in tables
        for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
        if kind != "INTEGER"
    }
    connection.close()
    plain = {(table, column) for table, columns in PLAIN.items() for column in columns}
    sealed = set(ENCRYPTED_COLUMNS)
    assert sealed <= wordy
    assert wordy - sealed <= plain
    assert not sealed & plain


@pytest.mark.parametrize("wrapped", [False, True])
async def test_nothing_a_person_gave_is_legible_in_any_file(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path, *, wrapped: bool
) -> None:
    harness.environ = {"LETTER_KEYS": new_key() if wrapped else ""}
    async with harness.app() as app:
        await live(harness, harness.user(app), app.database)
        assert files(tmp_path) >= {DATABASE, f"{DATABASE}-wal", LEDGER}
        assert not legible(tmp_path, *EVERYTHING)
        back_up(tmp_path / DATABASE, tmp_path / "backup.db")
        assert not legible(tmp_path, *EVERYTHING)
    assert f"{DATABASE}-wal" not in files(tmp_path)
    assert not legible(tmp_path, *EVERYTHING)
    [mail] = smtp_server.accepted
    assert LETTER.splitlines()[1] in mail.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_a_letter_that_a_mail_server_quotes_is_legible_in_no_file(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    harness.environ = {"LETTER_KEYS": new_key(), "ADMIN_CHAT_ID": str(ADMIN)}
    smtp_server.fault(Phase.FINAL_DOT, reply(554, text=f"looks odd: {LETTER.splitlines()[0]}"))
    async with harness.app() as app:
        for name in ("one", "two"):
            await harness.user(app, name).seal(LETTER, f"{name}@marmalade.example")
        await harness.pass_time(app, timedelta(days=7))
        [note] = [each for each in harness.telegram.messages if each.chat_id == ADMIN]
        assert "Quokkas" in note.text
        assert not legible(tmp_path, LETTER)
        [kept_note] = await outbox.told(app.database.reader, ADMIN, ["lane-down"])
        assert "Quokkas" in kept_note.params["words"]
    assert not legible(tmp_path, LETTER)


async def test_letters_written_before_and_after_their_keys_are_wrapped_come_back(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    old, new = new_key(), new_key()
    for number, letter_keys in enumerate(("", old, f"{new}, {old}")):
        harness.environ = {"LETTER_KEYS": letter_keys}
        async with harness.app() as app:
            await harness.user(app).seal(f"Letter {number}", ADDRESS)
    async with harness.app() as app:
        await harness.pass_time(app, timedelta(days=7))
        notes = "\n".join(message.text for message in harness.user(app).heard[-3:])
    for number in range(3):
        assert f"Letter {number}" in notes
    assert [mail.recipients for mail in smtp_server.accepted] == [(ADDRESS,)] * 3


async def test_what_is_found_by_hash_is_found_whichever_key_is_first(harness: Harness) -> None:
    old, new = new_key(), new_key()
    for letter_keys in ("", old, f"{new} {old}"):
        harness.environ = {"LETTER_KEYS": letter_keys}
        async with harness.app() as app:
            await harness.user(app).seal(f"Letter with {letter_keys[:4]}", ADDRESS)
            [row] = await app.database.reader.all("SELECT count(*) AS n FROM addresses")
            assert row["n"] == 1


@pytest.mark.parametrize("column", COLUMNS, ids=lambda each: f"{each.table}-{each.name}")
async def test_a_value_is_read_in_its_own_cell_alone(
    tmp_path: Path, clock: ManualClock, column: Column
) -> None:
    path = tmp_path / DATABASE
    await fill(path, Keys.of([]), clock)
    database = await Database.open(path)
    try:
        vault = database.reader.vault
        [row, *_] = await database.reader.all(
            f"SELECT {column.row} AS place, {column.name} AS kept FROM {column.table}"  # noqa: S608
            f" WHERE {column.name} IS NOT NULL"
        )
        cell = Cell(column.table, column.name, row["place"])
        vault.decrypt(cell, row["kept"])
        elsewhere = (
            cell._replace(row=f"{row['place']}1"),
            cell._replace(column="another"),
            cell._replace(table="another"),
        )
        for other in elsewhere:
            with pytest.raises(Undecipherable):
                vault.decrypt(other, row["kept"])
    finally:
        await database.close()


async def test_a_cut_or_changed_value_or_one_of_another_key_is_refused(database: Database) -> None:
    vault, cell = database.reader.vault, Cell("letters", "text", "1/1")
    first, second = await database.ledger.take(), await database.ledger.take()
    whole = vault.encrypt(first, cell, "Run every morning")
    assert vault.decrypt(cell, whole) == "Run every morning"
    for place in (6, len(whole) // 2, len(whole) - 5):
        changed = whole[:place] + ("A" if whole[place] != "A" else "B") + whole[place + 1 :]
        for spoilt in (whole[:place], changed):
            with pytest.raises(Undecipherable):
                vault.decrypt(cell, spoilt)
    for foreign in (
        whole.replace(f"*{first}:", f"*{second}:"),
        "",
        "*",
        "=Run",
        "*9:편지",
        "*x:AA",
    ):
        with pytest.raises(Undecipherable):
            vault.decrypt(cell, foreign)


async def test_any_text_comes_back_as_it_was(database: Database) -> None:
    vault, key_id = database.reader.vault, await database.ledger.take()
    for words in ("Run", "매일 🙂", "", "\0\r\n", "\ud83d"):
        cell = Cell("letters", "text", "1/1")
        assert vault.decrypt(cell, vault.encrypt(key_id, cell, words)) == words


async def live(harness: Harness, user: FakeUser, database: Database) -> None:
    """Seal a letter, add to it, and answer when it comes back.

    Left are a draft, and an update not yet handled.
    """
    await user.seal(LETTER, ADDRESS)
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-postscript"))
    await user.say(POSTSCRIPT)
    await harness.pass_time(user.app, timedelta(days=7))
    await user.press(told("button-half"))
    await user.say(NOTE)
    for line in ("/write", DRAFT, SLIP):
        await user.say(line)
    async with database.transaction() as tx:
        await inbox.receive(tx, [{"update_id": 10**9, "text": UPDATE}], harness.clock.now())


async def fill(path: Path, keys: Keys, clock: ManualClock) -> None:
    """Make a store with something in each sealed column."""
    database = await Database.open(path, keys)
    try:
        async with database.transaction() as tx:
            await seal_letter(tx, clock)
            await postscripts.add(tx, 1, 1, Words("and read"), clock.now())
            await answers.take(tx, DAY_7, Answer.HALF, clock.now())
            note = (Line(message_id=2, words=Words("rain")),)
            await answers.keep_note(tx, DAY_7, note, clock.now())
            await inbox.receive(tx, [{"update_id": 1}], clock.now())
            await replies.add(tx, 1, Reply(words=Words("heard")))
            await outbox.tell(tx, 1, LaneMended(channel="email"), 1, clock.now())
            await meta.remember(tx, MetaKey.BOT_ID, "1")
            await drafts.keep(tx, Draft(person_id=1, candidate="a", suggestion="b"), clock.now())
    finally:
        await database.close()
    assert {(table, column) for table, column, _ in encrypted_values(path)} == set(
        ENCRYPTED_COLUMNS
    )
    assert kept(path, keys)


def back_up(path: Path, copy: Path) -> None:
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    for connection in (source, target):
        connection.close()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
