"""No message can hurt: whatever is said at whatever step, it costs a moment, and others are heard.

The default run is small and always the same. `HOSTILE_EXAMPLES=1000 pytest THIS_FILE` takes so many
random texts at each step; HOSTILE_SEED names what they are chosen by.
"""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.app import App
from bot.letters import LONGEST_LETTER
from bot.local.messages import text_fields
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses
from bot.store.database import to_text
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.hostile import SURROGATES, hostile_words, killers, seeded, words_of
from tests.support.talk import texts, told

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "10"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
SECONDS = 0.05
"""CPU time that the handling of one message may take, the test's own ends included."""
RUNS = 3
BOTH_CHANNELS = 2
ADDRESS = "me@example.com"
UNCAPPED = dict.fromkeys(
    ("CAP_LETTERS", "CAP_LETTERS_DAY", "CAP_OPEN_LETTERS", "CAP_ADDRESSES"), "1000000"
)

Act = Callable[[FakeUser, Words], int]
Preparation = Callable[[FakeUser], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a person stands, and what they do with a text there; `act` returns the update's id."""

    prepare: Preparation
    act: Act


def send(user: FakeUser, words: Words) -> int:
    """Send a text as it is, where an app would trim it."""
    return user.telegram._send(user.person, text_fields(words))


def edit(user: FakeUser, words: Words) -> int:
    """Change the newest message of one's own to a text as it is."""
    wire = user.last_own.wire
    kept = {key: value for key, value in wire.items() if key not in {"text", "entities"}}
    edited = {**kept, "edit_date": wire["date"], **text_fields(words)}
    return user.telegram._queued("edited_message", edited)


def command(name: str) -> Act:
    """Return the act of sending a text behind a command."""

    def act(user: FakeUser, words: Words) -> int:
        mark = Entity(type="bot_command", offset=0, length=len(name.split(" ", maxsplit=1)[0]))
        moved = tuple(entity.moved(len(name)) for entity in words.entities)
        text = words_of(name + words.text).text
        return send(user, Words(text, (mark, *moved)))

    return act


def press(prefix: str, most: int = 64) -> Act:
    """Return the act of pressing a button that carries a text, cut to so many bytes."""

    def act(user: FakeUser, words: Words) -> int:
        data = (prefix + words.text).encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
        return user.telegram.forge(user.person, data)

    return act


async def outside(user: FakeUser) -> None:
    await user.say("/cancel")
    await user.say("/cancel")


async def begin_anew(user: FakeUser) -> None:
    """Stand outside any step, with no letter."""
    await outside(user)
    await user.say("/delete")
    await user.press("Yes, erase everything")


async def at_words(user: FakeUser) -> None:
    await outside(user)
    await user.say("/write")


async def at_address(user: FakeUser) -> None:
    await outside(user)
    await user.write("Run every morning")


async def amid_a_paste(user: FakeUser) -> None:
    await outside(user)
    await user.write("가" * 2100)


async def with_code_awaited(user: FakeUser) -> None:
    await begin_anew(user)
    await user.seal("Run", ADDRESS, confirmed=False)


async def at_other_address(user: FakeUser) -> None:
    await outside(user)
    await user.has_confirmed(ADDRESS)
    [used, *_] = await addresses.usable(user.app.database.reader, user.person.id, limit=1)
    await user.forge(CHANGE_ADDRESS.data(used.id))


async def of_letter(user: FakeUser, *buttons: str) -> None:
    """Stand where a text answers what was asked about a letter, of which there is only one."""
    await begin_anew(user)
    await user.seal("Run every morning", ADDRESS)
    await user.say("/letters")
    for label in ("1", *buttons):
        await user.press(label)


async def at_postscript(user: FakeUser) -> None:
    await of_letter(user, told("button-postscript"))


async def at_new_date(user: FakeUser) -> None:
    await of_letter(user, told("button-move-date"))
    [row, *_] = await user.app.database.reader.all("SELECT message_id FROM letters")
    await user.forge(f"letters:move-day:{row['message_id']}:7")


async def at_letters_address(user: FakeUser) -> None:
    await of_letter(user, told("button-address"))


async def at_new_words(user: FakeUser) -> None:
    await begin_anew(user)
    await user.seal("Run every morning", ADDRESS)
    await user.press(told("button-change"))


async def just_sealed(user: FakeUser) -> None:
    """Let the newest message of one's own be a sealed letter's."""
    await begin_anew(user)
    await user.write("Run every morning")
    own = user.last_own.id
    await user.press(told("button-just-here"))
    assert user.last_own.id == own


async def at_zone(user: FakeUser) -> None:
    await outside(user)
    await user.say("/settings")
    await user.press(told("button-zone"))


async def at_default_address(user: FakeUser) -> None:
    await outside(user)
    await user.say("/settings")
    await user.press(told("button-address"))


async def came_back(user: FakeUser) -> None:
    """Let a letter be back, so that what is said now is a note."""
    await begin_anew(user)
    await user.seal("Run every morning", ADDRESS)
    async with user.app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'sent', sent_at = :now WHERE day = 7",
            now=to_text(user.app.clock.now()),
        )


async def at_own_date(user: FakeUser) -> None:
    await came_back(user)
    [row, *_] = await user.app.database.reader.all("SELECT token FROM deliveries WHERE day = 7")
    await user.forge(f"letter:date:{row['token']}")


async def with_note(user: FakeUser) -> None:
    """Let the newest message of one's own be a note."""
    await came_back(user)
    await user.say("did it!!")


STEPS = {
    "outside": Step(prepare=outside, act=send),
    "words": Step(prepare=at_words, act=send),
    "the rest of a paste": Step(prepare=amid_a_paste, act=send),
    "address": Step(prepare=at_address, act=send),
    "another address": Step(prepare=at_other_address, act=send),
    "code": Step(prepare=with_code_awaited, act=send),
    "words edited": Step(prepare=at_address, act=edit),
    "address edited": Step(prepare=at_other_address, act=edit),
    "anything edited": Step(prepare=outside, act=edit),
    "a postscript": Step(prepare=at_postscript, act=send),
    "a letter's new date": Step(prepare=at_new_date, act=send),
    "a date once more": Step(prepare=at_own_date, act=send),
    "a letter's address": Step(prepare=at_letters_address, act=send),
    "a letter's new words": Step(prepare=at_new_words, act=send),
    "a sealed letter edited": Step(prepare=just_sealed, act=edit),
    "a zone": Step(prepare=at_zone, act=send),
    "the address offered first": Step(prepare=at_default_address, act=send),
    "a note": Step(prepare=came_back, act=send),
    "a note edited": Step(prepare=with_note, act=edit),
    "/write": Step(prepare=outside, act=command("/write ")),
    "/start": Step(prepare=outside, act=command("/start ")),
    "/start c": Step(prepare=with_code_awaited, act=command("/start c")),
    "/start a": Step(prepare=outside, act=command("/start a")),
    "/start s": Step(prepare=outside, act=command("/start s")),
    "/confirm": Step(prepare=with_code_awaited, act=command("/confirm ")),
    "an unknown command": Step(prepare=outside, act=command("/run")),
    "a press": Step(prepare=at_address, act=press("")),
    "a press over its size": Step(prepare=at_address, act=press("", 4096)),
    **{
        f"a press of {prefix}": Step(prepare=at_address, act=press(prefix, most))
        for prefix, most in (
            ("confirm:", 64), ("stop:", 4096), ("address:use:", 64), ("address:change:", 4096),
            ("letter:keep:", 64), ("letter:show:", 4096), ("erase:", 4096),
            ("answer:", 4096), ("letters:move-to:", 4096), ("zone:", 4096), ("sealed:change:", 64),
        )
    },
}  # fmt: skip


@pytest.fixture
async def app(harness: Harness) -> AsyncIterator[App]:
    harness.environ = UNCAPPED
    async with harness.app() as opened:
        yield opened


@pytest.fixture
async def other(harness: Harness, app: App) -> FakeUser:
    """Return someone else, with whom the program has warmed up."""
    user = harness.user(app, "other")
    await user.seal(Words("Run", (Entity(type="bold", offset=0, length=3),)), "you@example.com")
    await user.say("/help")
    return user


@pytest.mark.parametrize("name", STEPS)
async def test_no_text_costs_more_than_a_moment_at_any_step(
    user: FakeUser, other: FakeUser, name: str
) -> None:
    random = seeded(f"{SEED} {name}")
    hurtful = [*killers(), *(hostile_words(random) for _ in range(EXAMPLES))]
    for number, words in enumerate(hurtful):
        assert await least(user, STEPS[name], words) < SECONDS, (name, SEED, number, words)
        assert texts(user.heard)[-1:] != [told("our-fault")], (name, SEED, number, words)
        assert texts(await other.say("/help")) == [told("help")]
        user.telegram._state.messages.clear()


@pytest.mark.parametrize("half", SURROGATES)
async def test_half_a_character_stops_nobody(user: FakeUser, other: FakeUser, half: str) -> None:
    for name, step in STEPS.items():
        for text in (f"a{half}@b.com", half * 4096):
            assert await least(user, step, Words(text)) < SECONDS, name
            assert texts(await other.say("/help")) == [told("help")]


async def test_a_hostile_letter_comes_back_and_costs_a_moment(
    harness: Harness, user: FakeUser, other: FakeUser
) -> None:
    sealed, random = 0, seeded(f"{SEED} letters")
    hurtful = [*killers(), *(hostile_words(random) for _ in range(EXAMPLES))]
    for number, words in enumerate(hurtful):
        await at_words(user)
        await user.handled(send(user, replace(words, text=words.text[:LONGEST_LETTER])))
        await user.has_confirmed(ADDRESS)
        if "💌" in texts(await user.say(ADDRESS))[0]:
            sealed += 1
            for days in (7, 23):
                harness.clock.advance(timedelta(days=days))
                spent = await cost(user.app.settle())
                assert spent < BOTH_CHANNELS * SECONDS, (SEED, number, words)
        assert texts(await other.say("/help")) == [told("help")]
        user.telegram._state.messages.clear()
    assert sealed > len(hurtful) // 3  # the others show nothing, or have too large links


async def least(user: FakeUser, step: Step, words: Words) -> float:
    """Return the CPU seconds of a step with a text: the least of some, as others may be at work."""
    spent = float("inf")
    for _ in range(RUNS):
        await step.prepare(user)
        spent = min(spent, await cost(user.handled(step.act(user, words))))
        if spent < SECONDS:
            break
    return spent


async def cost(act: Awaitable[object]) -> float:
    """Return the CPU seconds that an act takes."""
    began = time.process_time()
    await act
    return time.process_time() - began
