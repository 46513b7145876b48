"""After its last reminder a letter is kept or let go of; RETENTION_DAYS lets go of it anyway."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.delivery.outcome import Blame, Later, Outcome, Refused, Sent
from bot.housekeeping import Housekeeping
from bot.letters import Channel
from bot.locales import Language, catalog
from bot.store import burning, consent, erasing, holding, letters, outbox, people
from bot.store.codes import pass_of
from bot.store.database import Database, Transaction
from bot.store.vault import new_key
from bot.words import Entity, Words
from tests.support.at_rest import integrity, legible
from tests.support.clock import ManualClock
from tests.support.house import Guest, Premises, send_nothing
from tests.support.posting import Answer, ScriptedTransport, lane_of, seal_letter, seal_letters
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, texts, told

DAY = timedelta(days=1)
LETTER = Words(
    "Quokkas jubilate 매일아침",
    (Entity(type="text_link", offset=0, length=7, url="https://bandicoot.example"),),
)
TRACES = (LETTER.text, "bandicoot")
ADDRESS = "me@example.com"
REFUSED = Refused(reason="smtp-550-5.1.1@rcpt", blame=Blame.ADDRESS)


async def grown_old(premises: Premises, house: House, *, confirmed: bool = True) -> Guest:
    """Give a guest whose letter has come back for the last time."""
    guest = premises.guest(house)
    await guest.seal(LETTER, ADDRESS, confirmed=confirmed)
    for days in (7, 23):
        await premises.pass_time(house, days * DAY)
    return guest


async def states(database: Database) -> list[tuple[int, str, str]]:
    rows = await database.reader.all(
        "SELECT day, channel, state FROM deliveries WHERE letter_id IS NOT NULL ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def burned(database: Database) -> list[bool]:
    """Tell of each letter whether its words are gone, and that they are wholly there or gone."""
    rows = await database.reader.all("SELECT * FROM letters ORDER BY id")
    vault = database.reader.vault
    for row in rows:
        assert (row["burned_at"] is not None) is (not vault.open(row["text"]))
        assert row["burned_at"] is None or vault.open(row["entities"]) == "[]"
    return [row["burned_at"] is not None for row in rows]


@pytest.mark.parametrize("language", Language)
async def test_only_the_last_reminder_asks_whether_to_keep_the_letter(
    premises: Premises, language: Language
) -> None:
    speech = catalog(language)
    async with premises.house() as house:
        guest = premises.guest(house, language=language.value)
        await guest.seal(LETTER, ADDRESS)
        await premises.pass_time(house, 7 * DAY)
        assert not guest.heard[-1].buttons
        assert speech.say("reminder-last") not in guest.heard[-1].text
        await premises.pass_time(house, 23 * DAY)
        assert speech.say("reminder-last") in guest.heard[-1].text
        assert [[button.label for button in row] for row in guest.heard[-1].buttons] == [
            [speech.say("button-keep")],
            [speech.say("button-let-go")],
        ]


@pytest.mark.parametrize("key", ["", "a"])
async def test_a_letter_let_go_of_leaves_no_words_and_all_the_counts(
    premises: Premises, tmp_path: Path, key: str
) -> None:
    premises.environ = {"LETTER_KEYS": key and new_key()}
    async with premises.house() as house:
        guest = await grown_old(premises, house)
        before = await states(house.database)
        assert bool(legible(tmp_path, *TRACES)) is not bool(key)
        assert texts(await guest.press("Let it go")) == [told("letter-let-go")]
        assert not legible(tmp_path, *TRACES)
        assert await burned(house.database) == [True]
        assert await states(house.database) == before
        assert {state for _, _, state in before} == {"sent"}
        updates = await house.database.reader.all("SELECT payload FROM updates")
        assert {row["payload"] for row in updates} == {None}


async def test_nothing_is_left_for_housekeeping_to_clear_away(
    premises: Premises, house: House, tmp_path: Path
) -> None:
    guest = await grown_old(premises, house)
    await premises.telegram.confirmed(premises.telegram.press(guest.person, "Let it go"))
    await house.answered()
    assert guest.heard[-1].text == told("letter-let-go")
    assert not legible(tmp_path, *TRACES)


async def test_pressing_twice_is_harmless(premises: Premises, house: House) -> None:
    guest = await grown_old(premises, house)
    await guest.press("Let it go")
    whole = await house.database.reader.all("SELECT * FROM letters")
    premises.clock.advance(DAY)
    assert texts(await guest.press("Let it go")) == [told("letter-let-go")]
    assert await house.database.reader.all("SELECT * FROM letters") == whole


async def test_a_letter_kept_stays_until_it_is_let_go_of_after_all(
    premises: Premises, house: House
) -> None:
    guest = await grown_old(premises, house)
    for _ in range(2):
        assert texts(await guest.press("Keep it")) == [told("letter-kept")]
    await premises.pass_time(house, 400 * DAY)
    assert await burned(house.database) == [False]
    await guest.press("Let it go")
    assert await burned(house.database) == [True]
    assert texts(await guest.press("Keep it")) == [told("letter-gone-already")]


async def test_a_press_that_a_crash_cut_off_is_kept_nowhere(
    premises: Premises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with premises.house() as house:
        guest = await grown_old(premises, house)
        send_nothing(house, monkeypatch)
        await guest.press("Let it go")
        assert not legible(tmp_path, *TRACES)
    async with premises.house() as house:
        await house.settle()
        assert await burned(house.database) == [True]


@pytest.mark.parametrize("label", ["Keep it", "Let it go"])
async def test_nobody_decides_about_anothers_letter(
    premises: Premises, house: House, label: str
) -> None:
    guest = await grown_old(premises, house)
    data = {b.label: b.data for row in guest.heard[-1].buttons for b in row}[label]
    assert data is not None
    mallory = premises.guest(house, "mallory")
    await mallory.say("/start")
    for forged in (data, data[:-1], f"{data}0", data[:-32] + "0" * 32, data[:-32] + "1"):
        answer = await mallory.forge(forged)
        assert texts(answer) == [told("stale-press")]
    assert await burned(house.database) == [False]


async def test_a_button_from_before_an_erasure_burns_no_later_letter(
    premises: Premises, house: House
) -> None:
    guest = await grown_old(premises, house)
    [_, [let_go]] = guest.heard[-1].buttons
    assert let_go.data is not None
    await guest.say("/delete")
    await guest.press("erase")
    assert texts(await guest.forge(let_go.data)) == [told("stale-press")]
    assert await count(house.database, "people") == 0
    await guest.seal("Anew", ADDRESS)
    await guest.forge(let_go.data)
    assert await burned(house.database) == [False]


async def test_mail_that_waits_for_consent_does_not_come_once_the_words_are_gone(
    premises: Premises, house: House, smtp_server: ScriptedSmtp
) -> None:
    guest = await grown_old(premises, house, confirmed=False)
    await guest.press("Let it go")
    assert {channel for _, channel, _ in await states(house.database)} == {"chat"}
    await guest.say("/confirm")
    [asked] = await consent.pending(house.database.reader, guest.person.id)
    await guest.say(f"/start c{pass_of(house.database.reader.vault, asked.token)}")
    assert guest.heard[-1].text == told("confirm-confirmed", address=ADDRESS)
    await premises.pass_time(house, DAY)
    subjects = {str(mail.message["Subject"]) for mail in smtp_server.accepted}
    assert subjects == {told("mail-confirm-subject")}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "bot.db")
    yield opened
    await opened.close()


@pytest.fixture
async def mails(database: Database, clock: ManualClock) -> ScriptedTransport:
    """Give a mail server for a letter whose first reminder is due."""
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
    clock.advance(7 * DAY)
    return ScriptedTransport(Channel.EMAIL)


async def burn_all(database: Database, clock: ManualClock) -> None:
    async with database.transaction() as tx:
        for row in await tx.all("SELECT id FROM letters"):
            await burning.burn(tx, row["id"], clock.now())


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
    await burn_all(database, clock)
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
        mail = await outbox.claim(tx, Channel.EMAIL, clock.now(), timedelta(minutes=10))
    assert mail is not None
    await burn_all(database, clock)
    async with database.transaction() as tx:
        assert not await outbox.mark_in_flight(tx, mail)
    clock.advance(30 * DAY)
    await lane_of(mails, database, clock).drain()
    assert mails.attempts == []


async def test_what_an_address_refused_is_not_owed_anew_once_the_words_are_gone(
    database: Database, clock: ManualClock, mails: ScriptedTransport
) -> None:
    mails.answers.append(Answer(outcome=REFUSED, arrives=False))
    lane = lane_of(mails, database, clock)
    await lane.drain()
    await burn_all(database, clock)
    async with database.transaction() as tx:
        old = await people.address(tx, 1, owner=1)
        assert old is not None
        new = await people.use_address(tx, 1, "new@example.com", clock.now())
        await letters.redirect(tx, old, new, clock.now())
        await people.note_confirmed(tx, new.id, clock.now())
        await holding.release(tx, new.id)
    clock.advance(30 * DAY)
    await lane.drain()
    assert len(mails.attempts) == 1


async def test_words_are_let_go_of_so_many_days_after_the_last_reminder(
    premises: Premises, tmp_path: Path
) -> None:
    premises.environ = {"RETENTION_DAYS": "90"}
    async with premises.house() as house:
        guest = await grown_old(premises, house)
        [kept] = await guest.press("Keep it")
        assert kept.text == EN.count("letter-kept-for", 90)
        await premises.pass_time(house, 90 * DAY)
        assert await burned(house.database) == [False]
        await premises.pass_time(house, timedelta(seconds=1))
        assert await burned(house.database) == [True]
        assert not legible(tmp_path, *TRACES)
        assert texts(await guest.press("Keep it")) == [told("letter-gone-already")]


async def test_words_whose_last_reminder_is_still_under_way_stay(
    database: Database, clock: ManualClock, mails: ScriptedTransport
) -> None:
    housekeeping = Housekeeping(database, clock, retention=DAY)
    chat = lane_of(ScriptedTransport(Channel.CHAT), database, clock)
    clock.advance(30 * DAY)
    await chat.drain()
    await housekeeping.tidy()
    assert await burned(database) == [False]
    await lane_of(mails, database, clock).drain()
    await housekeeping.tidy()
    clock.advance(DAY)
    await housekeeping.tidy()
    assert await burned(database) == [False]
    clock.advance(timedelta(microseconds=1))
    await housekeeping.tidy()
    assert await burned(database) == [True]


async def test_the_words_of_any_number_of_letters_are_let_go_of_at_once(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(burning, "BATCH", 5)
    await seal_letters(database, clock, 10)
    clock.advance(30 * DAY)
    for channel in Channel:
        await lane_of(ScriptedTransport(channel), database, clock).drain()
    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=10**6)
    clock.advance(2 * DAY)
    await Housekeeping(database, clock, retention=DAY).tidy()
    assert (await burned(database)).count(True) == 10
    assert (await burned(database)).count(False) == 1


async def test_the_search_for_letters_to_let_go_of_looks_only_at_those_with_words(
    database: Database,
) -> None:
    plan = await database.reader.all(
        f"EXPLAIN QUERY PLAN {burning.ENDED}", before="", batch=burning.BATCH
    )
    steps = [row["detail"] for row in plan]
    assert any("letters_with_words (sealed_at<?)" in step for step in steps)
    assert any("deliveries_of_letter (letter_id=?)" in step for step in steps)


async def erase(tx: Transaction, person_id: int, _: ManualClock) -> None:
    await erasing.erase(tx, person_id, person_id)


async def burn_of(tx: Transaction, person_id: int, clock: ManualClock) -> None:
    for row in await tx.all("SELECT id FROM letters WHERE person_id = :id", id=person_id):
        await burning.burn(tx, row["id"], clock.now())


@pytest.mark.parametrize("seed", range(3))
async def test_no_word_is_left_on_any_page_whatever_was_burned_or_erased(
    database: Database, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    marks = {number: f"mark{number:03}x" for number in range(1, 121)}
    there: set[int] = set()
    for number, mark in marks.items():
        async with database.transaction() as tx:
            text = " ".join([mark] * chance.randint(1, 400))
            await seal_letter(tx, clock, number=number, person_id=number, text=text)
            there.add(number)
            if chance.random() < 0.5:
                victim = chance.choice(sorted(there))
                there.remove(victim)
                await (chance.choice((erase, burn_of)))(tx, victim, clock)
    assert await database.empty_log()
    content = await asyncio.to_thread((tmp_path / "bot.db").read_bytes)
    found = {number for number, mark in marks.items() if mark.encode() in content}
    assert found == there, f"seed {seed}"
    assert 20 < len(there) < 100
    assert integrity(tmp_path / "bot.db") == "ok"
