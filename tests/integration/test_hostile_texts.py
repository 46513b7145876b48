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

from bot import callbacks
from bot.app import House
from bot.letters import LONGEST_LETTER
from bot.local.messages import text_fields
from bot.store import people
from bot.words import Entity, Words
from tests.support.hostile import SURROGATES, hostile_words, killers, seeded, words_of
from tests.support.house import Guest, Premises
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

Act = Callable[[Guest, Words], int]
Preparation = Callable[[Guest], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a person stands, and what they do with a text there; `act` gives the update's id."""

    prepare: Preparation
    act: Act


def send(guest: Guest, words: Words) -> int:
    """Send a text as it is, where an app would trim it."""
    return guest.telegram._send(guest.person, text_fields(words))


def edit(guest: Guest, words: Words) -> int:
    """Change the newest message of one's own to a text as it is."""
    wire = guest.last_own.wire
    kept = {key: value for key, value in wire.items() if key not in {"text", "entities"}}
    edited = {**kept, "edit_date": wire["date"], **text_fields(words)}
    return guest.telegram._queued("edited_message", edited)


def command(name: str) -> Act:
    """Return the act of sending a text behind a command."""

    def act(guest: Guest, words: Words) -> int:
        mark = Entity(type="bot_command", offset=0, length=len(name.split(" ", maxsplit=1)[0]))
        moved = tuple(entity.moved(len(name)) for entity in words.entities)
        text = words_of(name + words.text).text
        return send(guest, Words(text, (mark, *moved)))

    return act


def press(prefix: str, most: int = 64) -> Act:
    """Return the act of pressing a button that carries a text, cut to so many bytes."""

    def act(guest: Guest, words: Words) -> int:
        data = (prefix + words.text).encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
        return guest.telegram.forge(guest.person, data)

    return act


async def outside(guest: Guest) -> None:
    await guest.say("/cancel")
    await guest.say("/cancel")


async def at_words(guest: Guest) -> None:
    await outside(guest)
    await guest.say("/write")


async def at_address(guest: Guest) -> None:
    await outside(guest)
    await guest.write("Run every morning")


async def amid_a_paste(guest: Guest) -> None:
    await outside(guest)
    await guest.write("가" * 2100)


async def with_code_awaited(guest: Guest) -> None:
    await outside(guest)
    await guest.say("/delete")
    await guest.press("Yes, erase everything")
    await guest.seal("Run", ADDRESS, confirmed=False)


async def at_other_address(guest: Guest) -> None:
    await outside(guest)
    await guest.has_confirmed(ADDRESS)
    [used, *_] = await people.addresses_of(guest.house.database.reader, guest.person.id, limit=1)
    await guest.forge(callbacks.change_address(used.id))


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
    "/write": Step(prepare=outside, act=command("/write ")),
    "/start": Step(prepare=outside, act=command("/start ")),
    "/start c": Step(prepare=with_code_awaited, act=command("/start c")),
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
        )
    },
}  # fmt: skip


@pytest.fixture
async def house(premises: Premises) -> AsyncIterator[House]:
    premises.environ = UNCAPPED
    async with premises.house() as opened:
        yield opened


@pytest.fixture
async def other(premises: Premises, house: House) -> Guest:
    """Return someone else, with whom the program has warmed up."""
    guest = premises.guest(house, "other")
    await guest.seal(Words("Run", (Entity(type="bold", offset=0, length=3),)), "you@example.com")
    await guest.say("/help")
    return guest


@pytest.mark.parametrize("name", STEPS)
async def test_no_text_costs_more_than_a_moment_at_any_step(
    guest: Guest, other: Guest, name: str
) -> None:
    random = seeded(f"{SEED} {name}")
    hurtful = [*killers(), *(hostile_words(random) for _ in range(EXAMPLES))]
    for number, words in enumerate(hurtful):
        assert await least(guest, STEPS[name], words) < SECONDS, (name, SEED, number, words)
        assert texts(guest.heard)[-1:] != [told("our-fault")], (name, SEED, number, words)
        assert texts(await other.say("/help")) == [told("help")]
        guest.telegram._ledger.messages.clear()


@pytest.mark.parametrize("half", SURROGATES)
async def test_half_a_character_stops_nobody(guest: Guest, other: Guest, half: str) -> None:
    for name, step in STEPS.items():
        for text in (f"a{half}@b.com", half * 4096):
            assert await least(guest, step, Words(text)) < SECONDS, name
            assert texts(await other.say("/help")) == [told("help")]


async def test_a_hostile_letter_comes_back_and_costs_a_moment(
    premises: Premises, guest: Guest, other: Guest
) -> None:
    sealed, random = 0, seeded(f"{SEED} letters")
    hurtful = [*killers(), *(hostile_words(random) for _ in range(EXAMPLES))]
    for number, words in enumerate(hurtful):
        await at_words(guest)
        await guest.handled(send(guest, replace(words, text=words.text[:LONGEST_LETTER])))
        await guest.has_confirmed(ADDRESS)
        if "💌" in texts(await guest.say(ADDRESS))[-1]:
            sealed += 1
            for days in (7, 23):
                premises.clock.advance(timedelta(days=days))
                spent = await cost(guest.house.settle())
                assert spent < BOTH_CHANNELS * SECONDS, (SEED, number, words)
        assert texts(await other.say("/help")) == [told("help")]
        guest.telegram._ledger.messages.clear()
    assert sealed > len(hurtful) // 3  # the others show nothing, or have too large links


async def least(guest: Guest, step: Step, words: Words) -> float:
    """Return the CPU seconds of a step with a text: the least of some, as others may be at work."""
    spent = float("inf")
    for _ in range(RUNS):
        await step.prepare(guest)
        spent = min(spent, await cost(guest.handled(step.act(guest, words))))
        if spent < SECONDS:
            break
    return spent


async def cost(act: Awaitable[object]) -> float:
    """Return the CPU seconds that an act takes."""
    began = time.process_time()
    await act
    return time.process_time() - began
