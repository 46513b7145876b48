"""Every kind of button there is, pressed by somebody who was never given it."""

import re
from collections.abc import Iterator

import pytest

from bot.app import App
from bot.botapi.buttons import Press, PressWith
from bot.chat.handlers import FEATURES
from bot.store.database import Database
from tests.support.app import FakeUser, Harness
from tests.support.talk import texts, told

ADDRESS = "me@example.com"
DAY, ORDINAL = "7", "739999"
PRESSES = [press for feature in FEATURES for press in feature.presses]
STATES = {"nothing": (), "words asked for": ("/write",), "address asked for": ("/write", "Swim")}

_ROWS = {
    "people": "id",
    "letters": "person_id",
    "deliveries": "person_id",
    "addresses": "person_id",
    "answers": "person_id",
    "drafts": "person_id",
    "slots": "chat_id",
    "letter_messages": "chat_id",
}


def forged(press: Press | PressWith[object], token: str) -> Iterator[str]:
    """Yield presses with whatever may name something of somebody else's."""
    if isinstance(press, Press):
        yield press.name
        return
    numbers = [":".join((str(n), DAY, ORDINAL)[: 1 + press.payload.count(":")]) for n in range(20)]
    values = [*numbers, f"7:{ORDINAL}", token, f"{token}:keeping", f"{token}:kept"]
    values += ["Europe/London", "en", "7", *(f"{n}:1:7.30" for n in range(20))]
    values += [f"{n}:7.30" for n in range(20)]
    for data in dict.fromkeys(f"{press.name}{value}" for value in values):
        if re.fullmatch(press.pattern, data):
            yield data


async def kept_of(database: Database, person_id: int) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a person's."""
    return {
        table: [
            tuple(row)
            for row in await database.reader.all(
                f"SELECT * FROM {table} WHERE {owner} = :person ORDER BY 1",  # noqa: S608 - names of ours
                person=person_id,
            )
        ]
        for table, owner in _ROWS.items()
    }


async def test_no_press_does_anything_to_what_is_another_persons(
    harness: Harness, app: App
) -> None:
    victim, attacker = harness.user(app, "victim"), harness.user(app, "attacker")
    await victim.seal("Run", ADDRESS)
    await victim.seal("Read", "you@example.com", confirmed=False)
    await victim.write("Half a letter")
    await attacker.say("/start")
    [first, *_] = await app.database.reader.all("SELECT token FROM deliveries ORDER BY id")
    before = await kept_of(app.database, victim.person.id)
    heard = texts(victim.heard)
    assert all(before[table] for table in _ROWS if table != "answers")
    for press in PRESSES:
        given = list(forged(press, first["token"]))
        assert given, press
        for data in given:
            await attacker.forge(data)
            assert await kept_of(app.database, victim.person.id) == before, data
    assert texts(victim.heard) == heard


@pytest.mark.parametrize("state", STATES)
async def test_every_press_is_answered_whatever_its_person_does_meanwhile(
    user: FakeUser, state: str
) -> None:
    for press in PRESSES:
        data = next(forged(press, "0" * 32))
        await user.say("/cancel")
        for line in STATES[state]:
            await user.say(line)
        assert told("our-fault") not in texts(await user.forge(data)), data
