"""With LETTER_KEYS, nobody reads people's words and addresses in the files without the keys."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answers import Answer, Line
from bot.app import DATABASE
from bot.messages.operator_notes import LaneMended
from bot.store import answers, inbox, outbox, postscripts, replies
from bot.store.answers import Occasion
from bot.store.database import Database
from bot.store.migrations import steps
from bot.store.replies import Reply
from bot.store.unlocking import ENCRYPTED_COLUMNS
from bot.store.vault import Keys, LostKey, name_of, new_key
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
        *("nudge_at", "nudged_at"),
    },
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


async def test_nothing_a_person_gave_is_legible_in_any_file(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    harness.environ = {"LETTER_KEYS": new_key()}
    async with harness.app() as app:
        await live(harness, harness.user(app), app.database)
        assert files(tmp_path) >= {DATABASE, f"{DATABASE}-wal"}
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


async def test_without_keys_everything_works_and_everything_is_legible(
    harness: Harness, tmp_path: Path
) -> None:
    async with harness.app() as app:
        await live(harness, harness.user(app), app.database)
        found = {part for _, part in legible(tmp_path, *EVERYTHING)}
    assert found > {"Quokkas", "매일아침", ADDRESS, "Unfinished", SLIP, UPDATE}


async def test_letters_written_before_and_after_encryption_come_back(
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


@pytest.mark.parametrize(("table", "column"), ENCRYPTED_COLUMNS)
async def test_one_value_under_a_lost_key_keeps_the_store_shut(
    tmp_path: Path, clock: ManualClock, table: str, column: str
) -> None:
    path, lost, other = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([other]), clock)
    change(path, table, column, Keys.of([lost]).encrypt("00"))
    before = path.read_bytes()
    for letter_keys in ([other], [new_key(), other]):
        with pytest.raises(LostKey) as trouble:
            await Database.open(path, Keys.of(letter_keys))
        assert trouble.value.name == name_of(lost)
    with pytest.raises(LostKey):
        await Database.open(path)
    assert path.read_bytes() == before
    await (await Database.open(path, Keys.of([other, lost]))).close()


async def test_a_value_with_a_token_of_another_key_is_never_garbage_in_a_letter(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, mine, other = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([mine]), clock)
    foreign = Keys.of([other]).encrypt("Somebody else's").replace(name_of(other), name_of(mine))
    for token in (foreign, f"~{name_of(mine)}:", f"~{name_of(mine)}:편지"):
        with pytest.raises(LostKey):
            Keys.of([mine]).decrypt(token)


async def test_a_cut_or_changed_token_is_refused() -> None:
    keys = Keys.of([new_key()])
    whole = keys.encrypt("Run every morning")
    for place in (12, len(whole) // 2, len(whole) - 5):
        changed = whole[:place] + ("A" if whole[place] != "A" else "B") + whole[place + 1 :]
        for spoilt in (whole[:place], changed):
            with pytest.raises(LostKey):
                keys.decrypt(spoilt)


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
            await tx.run(
                "INSERT INTO drafts (person_id, step, parts, candidate, suggestion, touched_at)"
                " VALUES (1, 'words', :kept, :kept, :kept, '')",
                kept=tx.vault.encrypt("[]"),
            )
    finally:
        await database.close()
    assert {(table, column) for table, column, _ in encrypted_values(path)} == set(
        ENCRYPTED_COLUMNS
    )
    assert kept(path, keys)


def change(path: Path, table: str, column: str, value: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"UPDATE {table} SET {column} = ?", (value,))  # noqa: S608 - names of ours
    connection.close()


def back_up(path: Path, copy: Path) -> None:
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    for connection in (source, target):
        connection.close()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
