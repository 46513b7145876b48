"""What is kept of a person is told to them, handed to them, and erased when they say so."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import DATABASE, App
from bot.chat.handlers import COMMANDS
from bot.chat.privacy import ERASE_LIFE
from bot.letters import Channel, State
from bot.local.messages import Said, Upload
from bot.locales import LANGUAGES, Catalog, Language, catalog
from bot.store import (
    addresses,
    exporting,
    forgotten_addresses,
    inbox,
    owners,
    suppressions,
)
from bot.store.claims import Settlement
from bot.store.database import Session, Value
from bot.store.deliveries import Delivery
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import new_key
from bot.store.mailboxes import mailbox_key
from bot.text import Entity, Words
from tests.support import one_claim
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.at_rest import files_with, keys_kept, legible
from tests.support.clock import ManualClock
from tests.support.languages import ENGLISH, KOREAN
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import texts, told
from tests.support.watched import Tally

DAY = timedelta(days=1)
LETTER = Words("Quokkas jubilate 매일아침", (Entity(type="bold", offset=0, length=7),))
ADDRESS = "zebrafinch@marmalade.example"
DRAFT = "Unfinished symphony"
SLIP = "wombatling@gmial.com"
EVERYTHING = (LETTER.text, ADDRESS, DRAFT, SLIP, "wombatling@gmail.com")
KEPT_OF_NOBODY = {
    *("suppressions", "facts", "pairing", "doomed_keys", "updates", "sqlite_sequence"),
    *("confirmation_asks", "confirmation_mails", "confirmation_tries"),
}


async def settle_in(harness: Harness, app: App) -> FakeUser:
    """Return a user with a letter of which one reminder came, and another under way."""
    user = harness.user(app)
    await user.seal(LETTER, ADDRESS)
    await harness.pass_time(app, 7 * DAY)
    for line in ("/write", DRAFT, SLIP):
        await user.say(line)
    return user


async def erased(user: FakeUser) -> list[str]:
    await user.say("/delete")
    return texts(await user.press("erase"))


async def rows(app: App, person_id: int | None = None) -> dict[str, int]:
    """Count what every table holds, or holds of a person."""
    found = {}
    tables = await app.database.reader.all(
        "SELECT m.name, group_concat(i.name) AS columns FROM sqlite_schema m"
        " JOIN pragma_table_info(m.name) i WHERE m.type = 'table' GROUP BY m.name"
    )
    for table in tables:
        columns = table["columns"].split(",")
        column = "person_id" if "person_id" in columns else "id"
        whose = person_id is not None and (column == "person_id" or table["name"] == "people")
        where = f" WHERE {column} = {person_id}" if whose else ""
        if person_id is None or whose:
            sql = f"SELECT count(*) AS n FROM {table['name']}{where}"  # noqa: S608 - names of ours
            [row] = await app.database.reader.all(sql)
            found[table["name"]] = row["n"]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", ["", "90"])
async def test_the_statement_says_how_things_are_here(
    harness: Harness, language: Language, days: str
) -> None:
    harness.environ = {"RETENTION_DAYS": days}
    speech = catalog(language)
    kept = speech.count("privacy-kept-for", 90) if days else speech.say("privacy-kept")
    async with harness.app() as app:
        user = harness.user(app, language=language)
        [statement] = await user.say("/privacy")
        assert kept in statement.text
        assert speech.say("privacy-encrypted") in statement.text
        assert all(command in statement.text for command in ("/export", "/delete"))
        assert (await rows(app))["people"] == 0


@pytest.mark.parametrize(("language", "copies"), [(KOREAN, "백업"), (ENGLISH, "backups")])
def test_the_statement_speaks_of_the_operators_copies(language: Language, copies: str) -> None:
    assert copies in catalog(language).say("privacy", kept_for="", at_rest="")


async def test_help_and_the_menu_name_all_three(user: FakeUser) -> None:
    [help_] = await user.say("/help")
    for name in ("privacy", "export", "delete"):
        assert f"/{name}" in help_.text
        assert name in COMMANDS


def handed(harness: Harness) -> list[Upload]:
    """Return the list in which every file that the bot sends will stand."""
    uploads: list[Upload] = []

    def take(said: Said) -> None:
        if said.upload is not None:
            uploads.append(said.upload)

    harness.telegram.on_said = take
    return uploads


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_an_export_that_telegram_fails_to_take_comes_by_itself(
    harness: Harness, clock: ManualClock
) -> None:
    uploads = handed(harness)
    async with harness.app() as app:
        user = await settle_in(harness, app)
        harness.telegram.fail_next("sendDocument", 500, {"description": "Internal Server Error"})
        assert await user.say("/export") == []
        await harness.pass_time(app, timedelta(seconds=1))
    assert user.heard[-1].text == told("export")
    assert len(uploads) == 1


async def test_an_export_that_telegram_never_takes_is_told(harness: Harness) -> None:
    async with harness.app() as app:
        user = await settle_in(harness, app)
        harness.telegram.fail_next("sendDocument", 413, {"description": "Too Large"})
        [answer] = await user.say("/export")
    assert answer.text == told("export-failed")


async def test_the_exports_name_has_the_date_where_its_person_is(harness: Harness) -> None:
    uploads = handed(harness)
    harness.clock.advance(timedelta(hours=8))  # two in the morning in Seoul
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/settings")
        await user.press(told("button-zone"))
        await user.say("New York")
        await user.say("/export")
    assert [upload.name for upload in uploads] == ["slow-mailbox-2026-01-01.json"]


@pytest.mark.parametrize("key", ["", "a"])
async def test_the_export_holds_everything_in_one_file(
    harness: Harness, tmp_path: Path, key: str
) -> None:
    harness.environ = {"LETTER_KEYS": key and new_key()}
    uploads = handed(harness)
    async with harness.app() as app:
        user = await settle_in(harness, app)
        other = harness.user(app, "other")
        await other.seal("not yours", "other@example.com")
        before = files(tmp_path)
        await user.say("/export")
        assert files(tmp_path) == before
    [upload] = uploads
    assert upload.name == "slow-mailbox-2026-01-08.json"
    text = upload.content.decode("utf-8")
    assert LETTER.text in text
    assert "\n  " in text
    assert "not yours" not in text
    kept = json.loads(text)
    assert kept["person"] == {
        "id": user.person.id,
        "language": "en",
        "chosen_language": None,
        "zone": "Asia/Seoul",
        "zone_chosen": 0,
        "zone_offered": 1,
        "arrival_hour": None,
        "default_address": None,
        "asked": None,
        "asked_at": None,
        "met_at": "2026-01-01T09:00:00.000000+00:00",
        "blocked_at": None,
        "thanked_at": None,
    }
    [address] = kept["addresses"]
    assert address["address"] == ADDRESS
    assert address["confirmed_at"] == "2026-01-01T09:00:00.000000+00:00"
    [letter] = kept["letters"]
    assert letter["text"] == LETTER.text
    assert letter["formatting"] == [{"type": "bold", "offset": 0, "length": 7}]
    assert letter["address"] == ADDRESS
    deliveries = {(each["day"], each["channel"]): each for each in letter["deliveries"]}
    assert {key: each["state"] for key, each in deliveries.items()} == {
        (7, "email"): "sent",
        (7, "chat"): "sent",
        (30, "email"): "due",
        (30, "chat"): "due",
    }
    assert deliveries[7, "email"]["sent_at"] == "2026-01-08T09:00:00.000000+00:00"
    assert deliveries[30, "chat"]["due_at"] == "2026-01-31T09:00:00.000000+00:00"
    assert [(part["text"], part["in_the_letter"]) for part in kept["draft"]["messages"]] == [
        (DRAFT, True),
        (SLIP, False),
    ]
    assert kept["draft"]["address_typed"] == SLIP
    assert kept["draft"]["address_suggested"] == "wombatling@gmail.com"


async def test_the_export_tells_of_refused_and_waiting_addresses_and_of_notes(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    uploads = handed(harness)
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        smtp_server.refuse(ADDRESS, 550, "5.1.1")
        await harness.pass_time(app, 7 * DAY)
        for _ in range(3 * 24):
            await harness.pass_time(app, DAY / 24)
        await user.seal("Read", "later@example.com", confirmed=False)
        await user.say("/export")
    kept = json.loads(uploads[0].content)
    refused, waiting = kept["addresses"]
    assert refused["refused_at"].startswith("2026-01-10")
    assert (refused["refusals"], refused["refused_day"]) == (3, "2026-01-10")
    assert waiting["confirmed_at"] is None
    [asked] = waiting["confirmations_asked"]
    assert asked.keys() == {"asked_at", "goes_at", "counted", "tries"}
    others = {(each["kind"], each["address"]) for each in kept["other_deliveries"]}
    assert others == {("address-refused", ADDRESS)}


async def test_no_column_about_a_person_is_missing_from_the_export(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("gone@example.com", 550, "5.1.1")
    uploads = handed(harness)
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", "gone@example.com", confirmed=False)
        await harness.pass_time(app, timedelta(minutes=1))
        await user.say("/letters")
        await user.press("1")
        await user.press(told("button-postscript"))
        await user.say("and read")
        await harness.pass_time(app, 7 * DAY)
        await user.press("Half-way")
        await user.press("another address")
        await forget_an_address(app, user.person.id)
        await user.say("/export")
        columns = await columns_about_people(app)
    kept = json.loads(uploads[0].content)
    parts = {
        "people": kept["person"],
        "addresses": kept["addresses"][0],
        "confirmations": kept["addresses"][0]["confirmations_asked"][0],
        "forgotten_addresses": kept["addresses_forgotten"][0],
        "letters": kept["letters"][0],
        "postscripts": kept["letters"][0]["postscripts"][0],
        "letter_messages": kept["letters"][0],
        "deliveries": kept["letters"][0]["deliveries"][0],
        "drafts": kept["draft"],
        "answers": kept["letters"][0]["answers"][0],
        "reminder_messages": kept["letters"][0]["brought_by"][0],
    }
    assert columns.keys() == parts.keys()
    for table, part in parts.items():
        names = {EXPORTED_AS.get((table, name), name) for name in columns[table]}
        assert names - NUMBERS_AND_KEYS <= part.keys(), table
    assert kept["draft"]["takes_the_place_of"] == "gone@example.com"


async def forget_an_address(app: App, person_id: int) -> None:
    """Let a person have given an address that was forgotten since."""
    async with app.database.transaction() as tx:
        used = await addresses.use(tx, person_id, "forgotten@example.com", app.clock.now())
        await forgotten_addresses.keep(tx, used.id)
        await addresses.forget(tx, used.id)


async def test_an_export_asks_the_store_as_often_for_many_letters_as_for_one(
    harness: Harness, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, asked = harness.user(app), Tally()
    ask = Session.all

    async def count(session: Session, sql: str, **values: Value) -> list[sqlite3.Row]:
        asked.add()
        return await ask(session, sql, **values)

    monkeypatch.setattr(Session, "all", count)
    costs = []
    for _ in range(2):
        await user.seal(LETTER, ADDRESS)
        before = asked.value
        await exporting.export(app.database.reader, user.person.id, harness.clock.now())
        costs.append(asked.value - before)
    assert costs[0] == costs[1] > 0


NUMBERS_AND_KEYS = {
    "person_id", "address_id", "letter_id", "chat_id", "update_id", "delivery_id",
    "key", "token", "person_key", "exact_key", "mailbox_key", "legacy_key", "wide_key",
    "domain_key", "key_id",
}  # fmt: skip
"""What an export leaves out, as its module says."""

EXPORTED_AS = {
    ("letters", "entities"): "formatting",
    ("postscripts", "entities"): "formatting",
    ("letters", "parts"): "messages",
    ("letter_messages", "message_id"): "message_ids",
    ("drafts", "changes"): "changes_a_sealed_letter",
    ("drafts", "step"): "waits_for",
    ("drafts", "resting"): "put_aside",
    ("drafts", "parts"): "messages",
    ("drafts", "candidate"): "address_typed",
    ("drafts", "suggestion"): "address_suggested",
    ("drafts", "replaces"): "takes_the_place_of",
    ("drafts", "adds"): "for_letters_without_address",
    ("drafts", "chooses"): "to_be_offered_first",
    ("drafts", "has_words"): "begun",
}


async def columns_about_people(app: App) -> dict[str, set[str]]:
    """Return each table's columns that hold something of a person's, but for rows' numbers."""
    found: dict[str, set[str]] = {}
    for row in await app.database.reader.all(
        "SELECT m.name AS place, i.name FROM sqlite_schema m JOIN pragma_table_info(m.name) i"
        " WHERE m.type = 'table'"
    ):
        found.setdefault(row["place"], set()).add(row["name"])
    about = {
        table: names
        for table, names in found.items()
        if table == "people" or names & {"person_id", "address_id", "letter_id"}
        if table != "person_keys"
    }
    return {t: names if t == "people" else names - {"id"} for t, names in about.items()}


async def test_words_that_utf8_cannot_hold_are_exported_all_the_same(harness: Harness) -> None:
    harness.environ = {"LETTER_KEYS": new_key()}  # unsealed, the store takes none such
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Half a face: \ud83d", ADDRESS)
        now = harness.clock.now()
        document = await exporting.export(app.database.reader, user.person.id, now)
        assert document is not None
        assert json.loads(document.decode("utf-8"))["letters"][0]["text"] == "Half a face: \ud83d"


@pytest.mark.parametrize("command", ["/export", "/delete"])
async def test_of_a_stranger_nothing_is_kept_and_nothing_begins_to_be(
    harness: Harness, app: App, command: str
) -> None:
    stranger = harness.user(app)
    assert texts(await stranger.say(command)) == [told("nothing-kept")]
    assert (await rows(app))["people"] == 0


async def test_deleting_asks_first(harness: Harness, app: App) -> None:
    user = await settle_in(harness, app)
    before = await rows(app, user.person.id)
    [question] = await user.say("/delete")
    assert question.text == told("delete-ask")
    assert [[button.label for button in row] for row in question.buttons] == [
        [told("button-delete")]
    ]
    assert await rows(app, user.person.id) == before


@pytest.mark.parametrize("key", ["", "a"])
async def test_all_that_was_a_persons_is_gone_from_the_files(
    harness: Harness, tmp_path: Path, key: str
) -> None:
    harness.environ = {"LETTER_KEYS": key and new_key()}
    async with harness.app() as app:
        user = await settle_in(harness, app)
        own = await keys_of(app, tmp_path)
        assert all(files_with(tmp_path, each) for each in own)
        assert await erased(user) == [told("delete-done")]
        await app.jobs.end_erasures()
        assert not any(files_with(tmp_path, each) for each in own)
        assert not legible(tmp_path, *EVERYTHING)
        assert {name for name, count in (await rows(app)).items() if count} <= KEPT_OF_NOBODY
        updates = await app.database.reader.all("SELECT payload FROM updates")
        assert {row["payload"] for row in updates} == {None}
        assert (tmp_path / f"{DATABASE}-wal").exists()


async def test_the_keys_are_destroyed_before_the_person_is_told(
    harness: Harness, app: App, tmp_path: Path
) -> None:
    user = await settle_in(harness, app)
    numbers = set(await owners.keys_of_everything(app.database.reader, user.person.id))
    assert len(numbers) == 2
    assert numbers <= keys_kept(tmp_path).keys()
    await user.say("/delete")
    await harness.telegram.confirmed(harness.telegram.press(user.person, "erase"))
    await app.answered()
    assert user.heard[-1].text == told("delete-done")
    assert not numbers & keys_kept(tmp_path).keys()


async def test_nobody_else_loses_anything(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    user, other = await settle_in(harness, app), harness.user(app, "other")
    await other.seal("Read", "other@example.com")
    await other.say("/write")
    before = await rows(app, other.person.id)
    await erased(user)
    assert await rows(app, other.person.id) == before
    heard = len(user.heard)
    await harness.pass_time(app, 30 * DAY)
    assert len(user.heard) == heard
    assert smtp_server.accepted[-1].recipients == ("other@example.com",)


async def test_a_forged_press_can_only_erase_whoever_presses(harness: Harness, app: App) -> None:
    user = await settle_in(harness, app)
    [question] = await user.say("/delete")
    [[button]] = question.buttons
    assert button.data is not None
    before = await rows(app, user.person.id)
    mallory = harness.user(app, "mallory")
    await mallory.say("/start")
    for data in (button.data, "erase:0", "erase:999999999999999999", "erase:-1", "erase:"):
        assert await mallory.forge(data)
    assert await rows(app, user.person.id) == before


async def test_an_old_button_only_asks_again(harness: Harness, app: App) -> None:
    user = await settle_in(harness, app)
    await user.say("/delete")
    harness.clock.advance(ERASE_LIFE + timedelta(seconds=1))
    assert texts(await user.press("erase")) == [told("delete-ask")]
    assert (await rows(app))["letters"] == 1
    assert texts(await user.press("erase")) == [told("delete-done")]
    assert (await rows(app))["letters"] == 0


async def test_a_button_from_an_earlier_life_erases_nothing_of_the_new_one(
    harness: Harness, app: App
) -> None:
    user = await settle_in(harness, app)
    await user.say("/delete")
    [[button]] = user.heard[-1].buttons
    assert button.data is not None
    await user.press(button.label)
    assert texts(await user.forge(button.data)) == [told("nothing-kept")]
    harness.clock.advance(timedelta(minutes=1))
    await user.seal("Anew", "new@example.com")
    assert texts(await user.forge(button.data)) == [told("delete-ask")]
    assert (await rows(app))["letters"] == 1


async def test_whoever_deleted_everything_can_begin_anew(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    user = await settle_in(harness, app)
    await erased(user)
    assert texts(await user.say("Just words")) == [told("stray")]
    smtp_server.accepted.clear()
    await user.seal("Anew", "new@example.com")
    await harness.pass_time(app, 30 * DAY)
    assert "Anew" in user.heard[-1].text
    assert {mail.recipients for mail in smtp_server.accepted} == {("new@example.com",)}


async def test_an_erasure_that_a_kill_kept_from_being_told_is_told_and_not_done_again(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = await settle_in(harness, app)
        await user.say("/delete")
        send_nothing(app, monkeypatch)
        assert await user.press("erase") == []
        heard = len(user.heard)
    async with harness.app() as app:
        await app.settle()
        assert texts(user.heard[heard - 1 :]) == [told("delete-done")]
        assert (await rows(app))["letters"] == 0
        assert (await rows(app))["replies"] == 0


@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.FINAL_DOT])
async def test_a_mail_on_its_way_at_that_moment_neither_breaks_nor_comes_back(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, phase: Phase
) -> None:
    await user.seal(LETTER, ADDRESS)
    gate = smtp_server.hold(phase)
    harness.clock.advance(7 * DAY)
    app.lane_runner.wake()
    await gate.reached()
    for act in ("/delete", None):
        update = (
            harness.telegram.say(user.person, act)
            if act
            else harness.telegram.press(user.person, "erase")
        )
        await harness.telegram.confirmed(update)
        await app.answered()
    assert user.heard[-1].text == told("delete-done")
    other = harness.user(app, "other")
    gate.release()
    await app.settle()
    await other.seal("Read", "other@example.com")
    await harness.pass_time(app, 30 * DAY)
    assert not (await rows(app, user.person.id))["deliveries"]
    to = [mail.recipients[0] for mail in smtp_server.accepted]
    assert to.count(ADDRESS) == (1 if phase is Phase.FINAL_DOT else 0)
    assert to.count("other@example.com") == 2


async def claimed(app: App, clock: ManualClock) -> Delivery:
    async with app.database.transaction() as tx:
        mail = await one_claim.claim(tx, Channel.EMAIL, clock.now(), timedelta(minutes=10))
    assert mail is not None
    return mail


async def test_a_settle_of_an_erased_delivery_never_lands_on_another_of_its_number(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    harness.clock.advance(7 * DAY)
    mail = await claimed(app, harness.clock)
    await erased(user)
    await user.seal("Anew", ADDRESS)
    harness.clock.advance(7 * DAY)
    new = await claimed(app, harness.clock)
    assert (new.id, new.attempt) == (mail.id, mail.attempt)
    sent = Settlement(state=State.SENT, at=harness.clock.now(), failures=0, doubts=0)
    async with app.database.transaction() as tx:
        assert not await one_claim.mark_in_flight(tx, mail)
        assert not await one_claim.settle(tx, mail, sent)
        assert await one_claim.mark_in_flight(tx, new)
        assert not await one_claim.settle(tx, mail, sent)
        assert await one_claim.settle(tx, new, sent)


async def test_a_stopped_address_stays_stopped(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    async with app.database.transaction() as tx:
        await suppressions.suppress(tx, mailbox_key(tx.vault, ADDRESS), harness.clock.now())
    await erased(user)
    await user.write("Anew")
    assert told("confirm-sent", address=ADDRESS) in texts(await user.say(ADDRESS))
    assert (await rows(app))["suppressions"] == 1
    await harness.pass_time(app, 30 * DAY)
    assert smtp_server.accepted == []


async def test_nobody_floods_a_stranger_by_erasing_themselves_in_between(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    for _ in range(3):
        await user.seal("Run", "victim@example.com", confirmed=False)
        await erased(user)
    await harness.pass_time(app, DAY + timedelta(seconds=1))
    for kept in ("confirmation_asks", "confirmation_mails", "confirmation_tries"):
        assert (await rows(app))[kept] == 0
    assert [mail.recipients for mail in smtp_server.accepted] == [("victim@example.com",)]


async def test_where_another_program_reads_the_ledger_it_is_written_anew_later(
    harness: Harness, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await settle_in(harness, app)
    await user.say("/delete")
    own = await keys_of(app, tmp_path)
    await app.database.ledger.run(lambda file: file._writer.execute("PRAGMA busy_timeout = 1"))
    with closing(sqlite3.connect(tmp_path / LEDGER, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM keys").fetchone()
        [answer] = await user.press("erase")
        assert answer.text == told("delete-done")
        await app.housekeeping.tidy()
        assert all(files_with(tmp_path, key) for key in own)
    await app.housekeeping.tidy()
    assert not any(files_with(tmp_path, key) for key in own)


async def keys_of(app: App, folder: Path) -> list[bytes]:
    """Return the keys of the only person and their letters, as the ledger has them."""
    [row] = await app.database.reader.all("SELECT id FROM people")
    numbers = await owners.keys_of_everything(app.database.reader, row["id"])
    return [keys_kept(folder)[number] for number in numbers]


async def test_of_updates_left_open_only_those_of_the_erased_are_forgotten(
    harness: Harness,
) -> None:
    mine, anothers = -2, -1
    async with harness.app() as app:
        user = await settle_in(harness, app)
        async with app.database.transaction() as tx:
            for number, person_id in ((mine, user.person.id), (anothers, user.person.id + 1)):
                message = {"from": {"id": person_id}, "chat": {"type": "private"}}
                wire = {"update_id": number, "message": message}
                await inbox.receive(tx, [wire], harness.clock.now())
        await erased(user)
        assert [each.id for each in await inbox.left_open(app.database.reader)] == [anothers]


async def test_the_operator_too_may_go_and_is_told_again_afterwards(harness: Harness) -> None:
    harness.environ = {"ADMIN_CHAT_ID": str(harness.telegram.person("boss").id)}
    async with harness.app() as app:
        boss = harness.user(app, "boss")
        await boss.seal("Run", ADDRESS)
        await app.jobs.reporter.report()
        await app.settle()
        await erased(boss)
        harness.clock.advance(DAY)
        await app.jobs.reporter.report()
        await app.settle()
        assert boss.heard[-1].text.startswith("📋")


async def test_a_typed_yes_erases_nothing_and_is_no_word_beside_a_letter(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, 7 * DAY)
    await user.say("/delete")
    yes = speech.say("yes-answers").split("\n")[0]
    assert texts(await user.say(yes)) == [speech.say("delete-by-button")]
    assert texts(await user.say(speech.say("leave-it-answers").split("\n")[0])) == [
        speech.say("delete-left")
    ]
    assert texts(await user.say(yes)) == [speech.say("stray")]


async def test_words_that_answer_nothing_go_on_as_ever_while_erasing_is_asked(
    app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.say("/delete")
    await user.write("Read")
    await user.say("no email")
    assert await letters_kept(app) == 2


async def letters_kept(app: App) -> int:
    """Return how many letters are kept."""
    return int((await app.database.reader.row("SELECT count(*) AS n FROM letters"))["n"])
