"""People in front of the bot: those who write letters, and those who only ask something."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from tests.benchmarks.bot_api import BotApi, Sent
from tests.support.watched import Tally

PATIENCE = 60.0
"""Seconds after which a reply no longer counts as one."""

_DOMAINS = ("gmail.com", "naver.com", "daum.net", "example.com")
_WORDS = (
    "매일 아침 여섯 시에 일어나 강변을 달린다. Run along the river every morning, rain or shine."
)


@dataclass(frozen=True, slots=True)
class _Awaited:
    text: str
    came: asyncio.Future[float]


class Crowd:
    """Everybody who talks to one bot. Nobody is used twice but by who holds their Person."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self._ids = count(1_000_000)
        self._people: dict[int, Person] = {}
        api.on_message = self._deliver

    def newcomer(self) -> "Person":
        """Return somebody the bot has never heard of."""
        person = Person(self.api, next(self._ids))
        self._people[person.id] = person
        return person

    def newcomers(self, number: int) -> list["Person"]:
        """Return so many who are new to the bot."""
        return [self.newcomer() for _ in range(number)]

    def _deliver(self, sent: Sent) -> None:
        if (person := self._people.get(sent.chat_id)) is not None:
            person.hear(sent.text)


class Person:
    """Somebody in a private chat with the bot."""

    def __init__(self, api: BotApi, person_id: int) -> None:
        self.id = person_id
        self._api = api
        self._loop = asyncio.get_running_loop()
        self._awaited: deque[_Awaited] = deque()

    def say(self, text: str) -> None:
        """Send a text and expect nothing."""
        self._api.say(self.id, text)

    def ask(self, text: str, *, hears: str = "") -> asyncio.Future[float]:
        """Send a text; the future has the moment at which a reply with `hears` in it came.

        Replies are matched in order.
        """
        awaited = _Awaited(hears, self._loop.create_future())
        self._awaited.append(awaited)
        self.say(text)
        return awaited.came

    def hear(self, text: str) -> None:
        """Take a message of the bot's."""
        if self._awaited and self._awaited[0].text in text:
            came = self._awaited.popleft().came
            if not came.done():
                came.set_result(self._loop.time())


async def write_letter(person: Person) -> None:
    """Write and seal a letter, each line once the reply to the last has come."""
    address = f"person{person.id}@{_DOMAINS[person.id % len(_DOMAINS)]}"
    async with asyncio.timeout(PATIENCE):
        await person.ask("/write", hears="resolution")
        await person.ask(f"{_WORDS} {person.id}", hears="address")
        await person.ask(address, hears="Sealed")


async def write_letters(crowd: Crowd, sealed: Tally) -> None:
    """Write letters until cancelled, each as somebody new; `sealed` counts them."""
    while True:
        await write_letter(crowd.newcomer())
        sealed.add()


async def visit(
    people: Sequence[Person], *, every: float, seconds: float, chance: random.Random
) -> dict[Person, list[float]]:
    """Let people say /help in turn, one `every` so many seconds; return the waits of each.

    Nobody waits for another's reply: a bot that stands still is asked all the same. Who wasn't
    answered within PATIENCE counts with that.
    """
    loop = asyncio.get_running_loop()
    asked: list[tuple[Person, float, asyncio.Future[float]]] = []
    start = loop.time()
    for turn in range(round(seconds / every)):
        moment = start + (turn + chance.random()) * every
        await asyncio.sleep(moment - loop.time())
        person = people[turn % len(people)]
        asked.append((person, loop.time(), person.ask("/help")))
    await asyncio.wait([came for _, _, came in asked], timeout=PATIENCE)
    waits: dict[Person, list[float]] = {person: [] for person in people}
    for person, said, came in asked:
        waits[person].append(came.result() - said if came.done() else PATIENCE)
    return waits
