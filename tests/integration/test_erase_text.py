"""After its last reminder a letter is kept or let go of; RETENTION_DAYS lets go of it anyway."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.delivery.outcome import Blame, Clarity, Later, Outcome, Refused, Sent
from bot.housekeeping import Housekeeping
from bot.letters import Channel
from bot.local.messages import Message
from bot.store import addresses, erase_person, letters, outbox, reminders
from bot.store.database import Database, Transaction
from bot.store.letter_cells import words_of
from bot.store.letter_keys import new_key
from bot.text import Entity, Words
from tests.support import one_claim
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.at_rest import files_with, integrity, keys_kept, legible
from tests.support.clock import ManualClock
from tests.support.mails import CONFIRM, is_confirmation, link_in
from tests.support.rows import contents, count
from tests.support.scripted_transport import Answer, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letter, seal_letters
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, texts, told

DAY = timedelta(days=1)
LETTER = Words(
    "Quokkas jubilate 매일아침",
    (Entity(type="text_link", offset=0, length=7, url="https://bandicoot.example"),),
)
TOUCHED = ("letters", "answers", "deliveries")
TRACES = (LETTER.text, "bandicoot")
ADDRESS = "me@example.com"
REFUSED = Refused(reason="address-unfit", blame=Blame.ADDRESS, clarity=Clarity.CERTAIN)


async def grown_old(harness: Harness, app: App, *, confirmed: bool = True) -> FakeUser:
    """Return a user whose letter has come back for the last time."""
    user = harness.user(app)
    await user.seal(LETTER, ADDRESS, confirmed=confirmed)
    for days in (7, 23):
        await harness.pass_time(app, days * DAY)
    return user


async def erase_by_hand(user: FakeUser) -> list[Message]:
    """Let the user erase the letter that came back; returns what the bot answered."""
    await user.press("Kept it")
    await user.press("Erase it")
    return await user.press("Erase it")


def old(name: str, user: FakeUser) -> str:
    """Return what a button of an earlier version's sends back, under the last reminder."""
    [data] = {b.data for m in user.heard for row in m.buttons for b in row if b.label == "Kept it"}
    assert data is not None
    return f"letter:{name}:{data.split(':')[1]}"


def data_of(user: FakeUser, label: str) -> str:
    """Return what the button sends back; an app that was slow to hear may send it once more."""
    [data] = [b.data for m in user.heard for row in m.buttons for b in row if b.label == label]
    assert data is not None
    return data


async def states(database: Database) -> list[tuple[int, str, str]]:
    rows = await database.reader.all(
        "SELECT day, channel, state FROM deliveries WHERE letter_id IS NOT NULL ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def letter_key(database: Database, folder: Path) -> bytes:
    """Return the key of the only letter, as the ledger has it."""
    [row] = await database.reader.all("SELECT key_id FROM letters")
    return keys_kept(folder)[row["key_id"]]


async def erased(database: Database) -> list[bool]:
    """Tell of each letter whether its words are gone, and that they are wholly there or gone."""
    rows = await database.reader.all("SELECT * FROM letters ORDER BY id")
    for row in rows:
        words = words_of(row["id"], row, database.reader.vault)
        assert (row["burned_at"] is not None) is (not words.text)
        assert row["burned_at"] is None or (words.entities, row["key_id"]) == ((), None)
    return [row["burned_at"] is not None for row in rows]


@pytest.mark.parametrize("key", ["", "a"])
async def test_a_letter_let_go_of_leaves_no_words_and_all_the_counts(
    harness: Harness, tmp_path: Path, key: str
) -> None:
    harness.environ = {"LETTER_KEYS": key and new_key()}
    async with harness.app() as app:
        user = await grown_old(harness, app)
        before, key_kept = await states(app.database), await letter_key(app.database, tmp_path)
        assert files_with(tmp_path, key_kept)
        assert texts(await erase_by_hand(user)) == [told("letter-erased")]
        await app.jobs.end_erasures()
        assert not files_with(tmp_path, key_kept)
        assert not legible(tmp_path, *TRACES)
        assert await erased(app.database) == [True]
        assert await states(app.database) == before
        assert {state for _, _, state in before} == {"sent"}
        updates = await app.database.reader.all("SELECT payload FROM updates")
        assert {row["payload"] for row in updates} == {None}


async def test_a_letters_key_is_destroyed_before_its_person_is_told(
    harness: Harness, app: App, tmp_path: Path
) -> None:
    user = await grown_old(harness, app)
    [row] = await app.database.reader.all("SELECT key_id FROM letters")
    assert row["key_id"] in keys_kept(tmp_path)
    await user.press("Kept it")
    await user.press("Erase it")
    await harness.telegram.confirmed(harness.telegram.press(user.person, "Erase it"))
    await app.answered()
    assert user.heard[-1].text == told("letter-erased")
    assert row["key_id"] not in keys_kept(tmp_path)


async def test_pressing_twice_is_harmless(harness: Harness, app: App) -> None:
    user = await grown_old(harness, app)
    await user.press("Kept it")
    await user.press("Erase it")
    erase_now = data_of(user, "Erase it")
    await user.press("Erase it")
    whole = await app.database.reader.all("SELECT * FROM letters")
    harness.clock.advance(DAY)
    assert texts(await user.forge(erase_now)) == [told("letter-gone-already")]
    assert await app.database.reader.all("SELECT * FROM letters") == whole


async def test_who_thinks_better_of_it_keeps_the_letter(harness: Harness, app: App) -> None:
    user = await grown_old(harness, app)
    await user.press("Kept it")
    assert texts(await user.press("Erase it")) == [told("letter-erase-ask")]
    assert texts(await user.press("Leave it")) == [told("letter-ended")]
    await harness.pass_time(app, 400 * DAY)
    assert await erased(app.database) == [False]


async def test_the_buttons_of_an_earlier_version_still_do_what_they_said(
    harness: Harness, app: App
) -> None:
    user = await grown_old(harness, app)
    keep, let_go = old("keep", user), old("let-go", user)
    await harness.pass_time(app, 400 * DAY)
    reminder = user.heard[-1]
    for _ in range(2):
        assert texts(await user.forge(keep)) == [told("letter-kept")]
    assert await erased(app.database) == [False]
    assert texts(await user.forge(let_go)) == [told("letter-erase-ask")]
    assert await erased(app.database) == [False]
    assert texts(await user.press("Erase it")) == [told("letter-erased")]
    assert await erased(app.database) == [True]
    assert reminder.text in texts(user.heard)
    for data in (keep, let_go):
        assert texts(await user.forge(data)) == [told("letter-gone-already")]


async def test_a_press_that_a_crash_cut_off_is_kept_nowhere(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = await grown_old(harness, app)
        await user.press("Kept it")
        await user.press("Erase it")
        send_nothing(app, monkeypatch)
        await user.press("Erase it")
        assert not legible(tmp_path, *TRACES)
    async with harness.app() as app:
        await app.settle()
        assert await erased(app.database) == [True]


@pytest.mark.parametrize("label", ["Kept it", "In a year", "Erase it", "Change"])
async def test_nobody_decides_about_anothers_letter(harness: Harness, app: App, label: str) -> None:
    user = await grown_old(harness, app)
    asked = user.heard[-1]
    await user.press("Half-way")
    shown = [asked, *user.heard[-2:]]
    data = {b.label: b.data for m in shown for row in m.buttons for b in row}[label]
    assert data is not None
    before = await contents(app.database.reader)
    mallory = harness.user(app, "mallory")
    await mallory.say("/start")
    for forged in (data, data[:-1], f"{data}0", data[:-32] + "0" * 32, data[:-32] + "1"):
        answer = await mallory.forge(forged)
        assert texts(answer) == [told("stale-press")]
    after = await contents(app.database.reader)
    assert [after[each] for each in TOUCHED] == [before[each] for each in TOUCHED]


async def test_a_button_from_before_an_erasure_erases_no_later_letter(
    harness: Harness, app: App
) -> None:
    user = await grown_old(harness, app)
    await user.press("Kept it")
    await user.press("Erase it")
    erase_now = data_of(user, "Erase it")
    await user.say("/delete")
    await user.press("erase everything")
    assert texts(await user.forge(erase_now)) == [told("stale-press")]
    assert await count(app.database, "people") == 0
    await user.seal("Anew", ADDRESS)
    await user.forge(erase_now)
    assert await erased(app.database) == [False]


async def test_mail_that_waits_for_consent_does_not_come_once_the_words_are_gone(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    user = await grown_old(harness, app, confirmed=False)
    await erase_by_hand(user)
    assert {channel for _, channel, _ in await states(app.database)} == {"chat"}
    await user.say("/confirm")
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    assert user.heard[-1].text == told("confirm-confirmed", address=ADDRESS)
    await harness.pass_time(app, DAY)
    assert all(is_confirmation(mail) for mail in smtp_server.accepted)


@pytest.fixture
async def mails(database: Database, clock: ManualClock) -> ScriptedTransport:
    """Return a mail server for a letter whose first reminder is due."""
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
    clock.advance(7 * DAY)
    return ScriptedTransport(Channel.EMAIL)


async def erase_texts(database: Database, clock: ManualClock) -> None:
    async with database.transaction() as tx:
        for row in await tx.all("SELECT id FROM letters"):
            await letters.erase_text(tx, row["id"], clock.now())


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (Sent(), ["sent"]),
        (REFUSED, ["failed"]),
        (Later(reason="smtp-451@rcpt"), []),
        (Later(reason="smtp-silence@final-dot", doubt=True), []),
    ],
)
async def test_a_mail_in_flight_settles_and_is_not_tried_again_once_the_words_are_gone(
    database: Database,
    clock: ManualClock,
    mails: ScriptedTransport,
    outcome: Outcome,
    left: list[str],
) -> None:
    gate = mails.hold(Answer(outcome=outcome))
    lane = lane_of(mails, database, clock)
    draining = asyncio.create_task(lane.drain())
    await gate.reached()
    await erase_texts(database, clock)
    gate.release()
    await draining
    assert [state for *_, state in await states(database)] == left
    clock.advance(30 * DAY)
    await lane.drain()
    assert len(mails.attempts) == 1


async def test_a_mail_claimed_before_the_words_were_gone_does_not_leave_after(
    database: Database, clock: ManualClock, mails: ScriptedTransport
) -> None:
    async with database.transaction() as tx:
        mail = await one_claim.claim(tx, Channel.EMAIL, clock.now(), timedelta(minutes=10))
    assert mail is not None
    await erase_texts(database, clock)
    async with database.transaction() as tx:
        assert not await one_claim.mark_in_flight(tx, mail)
    clock.advance(30 * DAY)
    await lane_of(mails, database, clock).drain()
    assert mails.attempts == []


async def test_what_an_address_refused_is_not_owed_anew_once_the_words_are_gone(
    database: Database, clock: ManualClock, mails: ScriptedTransport
) -> None:
    mails.answers.append(Answer(outcome=REFUSED, arrives=False))
    lane = lane_of(mails, database, clock)
    await lane.drain()
    await erase_texts(database, clock)
    async with database.transaction() as tx:
        old = await addresses.get(tx, 1, owner=1)
        assert old is not None
        new = await addresses.use(tx, 1, "new@example.com", clock.now())
        await reminders.redirect(tx, old, new, clock.now())
        await addresses.note_confirmed(tx, new.id, clock.now())
        await outbox.release(tx, new.id)
    clock.advance(30 * DAY)
    await lane.drain()
    assert len(mails.attempts) == 1


async def test_words_are_let_go_of_so_many_days_after_the_last_reminder(
    harness: Harness, tmp_path: Path
) -> None:
    harness.environ = {"RETENTION_DAYS": "90"}
    async with harness.app() as app:
        user = await grown_old(harness, app)
        keep = old("keep", user)
        [kept] = await user.forge(keep)
        assert kept.text == EN.count("letter-kept-for", 90)
        await harness.pass_time(app, 90 * DAY)
        assert await erased(app.database) == [False]
        await harness.pass_time(app, timedelta(seconds=1))
        assert await erased(app.database) == [True]
        assert not legible(tmp_path, *TRACES)
        assert texts(await user.forge(keep)) == [told("letter-gone-already")]


async def test_words_whose_last_reminder_is_still_under_way_stay(
    database: Database, clock: ManualClock, mails: ScriptedTransport
) -> None:
    housekeeping = Housekeeping(database, clock, retention=DAY)
    chat = lane_of(ScriptedTransport(Channel.CHAT), database, clock)
    clock.advance(30 * DAY)
    await chat.drain()
    await housekeeping.tidy()
    assert await erased(database) == [False]
    await lane_of(mails, database, clock).drain()
    await housekeeping.tidy()
    clock.advance(DAY)
    await housekeeping.tidy()
    assert await erased(database) == [False]
    clock.advance(timedelta(microseconds=1))
    await housekeeping.tidy()
    assert await erased(database) == [True]


async def test_the_words_of_any_number_of_letters_are_let_go_of_at_once(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "BATCH", 5)
    await seal_letters(database, clock, 10)
    clock.advance(30 * DAY)
    for channel in Channel:
        await lane_of(ScriptedTransport(channel), database, clock).drain()
    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=10**6)
    clock.advance(2 * DAY)
    await Housekeeping(database, clock, retention=DAY).tidy()
    assert (await erased(database)).count(True) == 10
    assert (await erased(database)).count(False) == 1


async def test_the_search_for_letters_to_let_go_of_looks_only_at_those_with_words(
    database: Database,
) -> None:
    plan = await database.reader.all(
        f"EXPLAIN QUERY PLAN {letters.MAYBE_ENDED}", before="", now="", batch=letters.BATCH
    )
    steps = [row["detail"] for row in plan]
    assert any("letters_to_end (under_way_until<?)" in step for step in steps)
    assert any("deliveries_of_letter (letter_id=?)" in step for step in steps)


async def erase(tx: Transaction, person_id: int, _: ManualClock) -> None:
    await erase_person.erase(tx, person_id, person_id)


async def erase_texts_of(tx: Transaction, person_id: int, clock: ManualClock) -> None:
    for row in await tx.all("SELECT id FROM letters WHERE person_id = :id", id=person_id):
        await letters.erase_text(tx, row["id"], clock.now())


@pytest.mark.parametrize("seed", range(3))
async def test_no_key_is_left_on_any_page_whatever_was_erased(
    database: Database, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    marks = {number: f"mark{number:03}x" for number in range(1, 121)}
    there: set[int] = set()
    key_of: dict[int, bytes] = {}
    for number, mark in marks.items():
        async with database.transaction() as tx:
            text = " ".join([mark] * chance.randint(1, 400))
            await seal_letter(tx, clock, number=number, person_id=number, text=text)
            there.add(number)
            [row] = await tx.all("SELECT key_id FROM letters WHERE person_id = :id", id=number)
            key_of[number] = keys_kept(tmp_path)[row["key_id"]]
            if chance.random() < 0.5:
                victim = chance.choice(sorted(there))
                there.remove(victim)
                await (chance.choice((erase, erase_texts_of)))(tx, victim, clock)
    assert await database.ledger.run(lambda file: file.rewrite_if_due())
    found = {number for number, key in key_of.items() if files_with(tmp_path, key)}
    assert found == there, f"seed {seed}"
    assert not legible(tmp_path, *marks.values())
    assert 20 < len(there) < 100
    assert integrity(tmp_path / "bot.db") == integrity(tmp_path / "ledger.db") == "ok"
