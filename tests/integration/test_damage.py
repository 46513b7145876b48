"""A row that can't be read back keeps nobody else's waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.store.letter_keys import new_key
from tests.support.app import Harness
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told

WEEK = timedelta(days=7)
ANOTHERS = "SELECT text, entities FROM letters WHERE id = 2"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE letters SET text = substr(text, 1, 40) WHERE id = 1",
        "UPDATE letters SET entities = '=[]' WHERE id = 1",
        "UPDATE letters SET text = entities WHERE id = 1",
        f"UPDATE letters SET (text, entities) = ({ANOTHERS}) WHERE id = 1",  # noqa: S608
        "UPDATE letters SET zone = 'Nowhere/Atall' WHERE id = 1",
    ],
)
async def test_a_damaged_letter_is_given_up_and_the_next_ones_go(
    harness: Harness, smtp_server: ScriptedSmtp, damage: str
) -> None:
    harness = replace(harness, environ={"LETTER_KEYS": new_key()})
    async with harness.app() as app:
        damaged, healthy = harness.user(app, "ann"), harness.user(app, "bora")
        await damaged.seal("Run", "ann@example.com")
        await healthy.seal("Read", "bora@example.com")
        async with app.database.transaction() as tx:
            await tx.run(damage)
        await harness.pass_time(app, WEEK)
        assert "Read" in healthy.heard[-1].text
        closed = [told("sealed-closed") in message.text for message in healthy.heard]
        assert closed.count(True) == 1
        rows = await app.database.reader.all(
            "SELECT DISTINCT state, reason FROM deliveries WHERE letter_id = 1 AND day = 7"
        )
        assert [tuple(row) for row in rows] == [("failed", "unreadable")]
    assert [mail.recipients for mail in smtp_server.accepted] == [("bora@example.com",)]


async def test_a_damaged_address_that_waits_its_turn_keeps_nobody_from_sealing(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness = replace(harness, environ={"LETTER_KEYS": new_key()})
    async with harness.app() as app:
        for name, spelling in (("ann", "ann@gmail.com"), ("amy", "a.nn@gmail.com")):
            await harness.user(app, name).seal("Run", spelling, confirmed=False)
        async with app.database.transaction() as tx:
            await tx.run("UPDATE addresses SET address = substr(address, 1, 40) WHERE id = 2")
        harness.clock.advance(timedelta(hours=2))
        await harness.user(app, "bora").seal("Read", "bora@example.com", confirmed=False)
    recipients = [mail.recipients for mail in smtp_server.accepted]
    assert recipients == [("ann@gmail.com",), ("bora@example.com",)]
