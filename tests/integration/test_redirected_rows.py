"""Whoever can write `bot.db`, and has no key, gets nobody's words sent to themselves."""

from datetime import timedelta

import pytest

from tests.support.app import Harness
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram

WORDS = "Run every morning"
MINE = "(SELECT id FROM addresses WHERE person_id = :me)"
TO_MY_MAILBOX = f"UPDATE letters SET address_id = {MINE} WHERE id = 1"  # noqa: S608
MAILBOX_AS_THEIRS = "UPDATE addresses SET person_id = :they WHERE person_id = :me"
MY_KEY = "(SELECT substr(address, 2, instr(address, ':') - 2) FROM addresses WHERE id = 2)"
KEY_AS_THEIRS = (
    "DELETE FROM person_keys WHERE person_id = :me",
    f"UPDATE person_keys SET key_id = {MY_KEY} WHERE person_id = :they",  # noqa: S608
)
DELIVERIES_AS_MINE = "UPDATE deliveries SET person_id = :me WHERE person_id = :they"
LETTER_AS_MINE = "UPDATE letters SET person_id = :me WHERE person_id = :they"
REPLIES_AS_MINE = "UPDATE replies SET chat_id = :me WHERE chat_id = :they"


@pytest.mark.parametrize(
    "statements",
    [
        (TO_MY_MAILBOX,),
        (TO_MY_MAILBOX, MAILBOX_AS_THEIRS),
        (TO_MY_MAILBOX, MAILBOX_AS_THEIRS, *KEY_AS_THEIRS),
        (f"UPDATE deliveries SET address_id = {MINE} WHERE letter_id = 1",),  # noqa: S608
        ("UPDATE addresses SET address = (SELECT address FROM addresses WHERE id = 2)",),
        (DELIVERIES_AS_MINE,),
        (LETTER_AS_MINE,),
        (LETTER_AS_MINE, DELIVERIES_AS_MINE),
    ],
)
async def test_a_letter_turned_to_another_person_is_not_sent(
    harness: Harness,
    telegram: ScriptedTelegram,
    smtp_server: ScriptedSmtp,
    statements: tuple[str, ...],
) -> None:
    async with harness.app() as app:
        they, me = harness.user(app, "they"), harness.user(app, "me")
        await they.seal(WORDS, "they@example.com")
        await me.seal("Read", "me@example.com")
        async with app.database.transaction() as tx:
            await tx.run("PRAGMA defer_foreign_keys = ON")
            for statement in statements:
                names = {"they": they.person.id, "me": me.person.id}
                used = {name: value for name, value in names.items() if f":{name}" in statement}
                await tx.run(statement, **used)
        await harness.pass_time(app, timedelta(days=7))
        await me.say("/letters")
        assert not [said.text for said in me.heard if WORDS in said.text]
    assert not [
        mail
        for mail in smtp_server.accepted
        if mail.recipients == ("me@example.com",) and WORDS in str(mail.message)
    ]


async def test_a_reply_turned_to_another_chat_is_not_said_there(
    harness: Harness, telegram: ScriptedTelegram
) -> None:
    async with harness.app() as app:
        they, me = harness.user(app, "they"), harness.user(app, "me")
        await me.say("/start")
        telegram.fail_next("sendMessage", 429, {"parameters": {"retry_after": 3600}})
        await they.write(WORDS)
        async with app.database.transaction() as tx:
            await tx.run(REPLIES_AS_MINE, they=they.person.id, me=me.person.id)
            [row] = await tx.all("SELECT count(*) AS owed FROM replies")
            assert row["owed"]
    harness.clock.advance(timedelta(hours=2))
    async with harness.app() as app:
        await app.answered()
        assert not [said.text for said in me.heard if WORDS in said.text]
        await harness.user(app, "me").say("/help")
