"""The fake users of a campaign: begun, spoken to, given up."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count, groupby

from bot.clock import Clock
from bot.local.messages import Message
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.crash.deliveries import Promise
from tests.crash.fake_user import FakeUser, Mailboxes
from tests.crash.figures import ReplyFigures
from tests.crash.plan import Step
from tests.crash.reconciliation import Reconciliation
from tests.crash.replies import CLOSED, NOTES, SEALED, name_of
from tests.crash.snapshot import Snapshot
from tests.crash.stories import CONFIRMED, ENDINGS, FRESH, LEADING_TO, RETURNING, Story
from tests.crash.uptime import Uptime
from tests.support.smtp import Accepted
from tests.support.watched import Tally

FEWEST_AT_ONCE = 8  # people in the middle of their story
NEW_AT_ONCE = 2
MOST_AT_ONCE = NEW_AT_ONCE + 2  # that come before one kill


class Crowd:
    """Everyone who talks to the bot, each with a story of their own."""

    def __init__(
        self,
        *,
        telegram: Telegram,
        books: Reconciliation,
        uptime: Uptime,
        clock: Clock,
        chance: random.Random,
        on_update: Callable[[int], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._telegram = telegram
        self._books = books
        self._uptime = uptime
        self._clock = clock
        self._chance = chance
        self._on_update = on_update
        self._refuse = refuse
        self._numbers = count(1)
        self._introduced: list[FakeUser] = []  # their address is confirmed, and they wait to begin
        self._returning: list[FakeUser] = []  # their letter is due, and they wait to begin
        self._users: dict[int, FakeUser] = {}
        self._by_address: dict[str, FakeUser] = {}
        self._stories: dict[FakeUser, asyncio.Task[None]] = {}
        self._going: set[FakeUser] = set()
        self._ended = Tally()

    # ---- Who comes ----

    @property
    def is_short(self) -> bool:
        """Return whether more people must be introduced before the next kill."""
        return min(len(self._introduced), len(self._returning)) < MOST_AT_ONCE

    def introduce(self, number: int) -> dict[int, str]:
        """Return so many newcomers' ids and addresses, which are to be confirmed at once."""
        newcomers = [self._newcomer() for _ in range(number)]
        self._introduced += newcomers
        for each in newcomers:
            self._books.consent(each.mailboxes.first)
        return {each.person.id: each.mailboxes.first for each in newcomers}

    def await_letters(self, number: int) -> list[Promise]:
        """Return so many newcomers' letters, which are due at once for the first time."""
        newcomers = [self._newcomer() for _ in range(number)]
        self._returning += newcomers
        for each in newcomers:
            self._welcome(each)
        return [each.first_promise for each in newcomers]

    def begin_for(self, step: Step) -> None:
        """Let people come so that there is somebody to be cut off at that step."""
        if step in LEADING_TO:
            self.begin(self._chance.choice(LEADING_TO[step]))
        if step in {Step.RECEIVED, Step.SEALED} or len(self._going) < FEWEST_AT_ONCE:
            for _ in range(NEW_AT_ONCE):
                self.begin(self._chance.choice((*CONFIRMED, *RETURNING, *FRESH)))

    def begin_for_reply(self) -> str:
        """Let somebody come who will be told something stored; return that reply."""
        name = self._chance.choice(list(ENDINGS))
        self.begin(ENDINGS[name])
        return name

    def begin(self, story: Story) -> None:
        """Let one person come and begin a story."""
        if story in RETURNING:
            user = self._returning.pop()
        else:
            user = self._introduced.pop() if story in CONFIRMED else self._newcomer()
            self._welcome(user)
        self._going.add(user)
        self._stories[user] = asyncio.create_task(self._tell(user, story))

    def _welcome(self, user: FakeUser) -> None:
        """Let what comes for a person reach them."""
        self._users[user.person.id] = user
        for address in (user.mailboxes.first, user.mailboxes.other, user.mailboxes.dead):
            self._by_address[address] = user
        self._refuse(user.mailboxes.dead)

    # ---- What comes to them ----

    def hear(self, message: Message, *, edited: bool = False) -> str | None:
        """Hand on what the bot says; return the name of that message, if it has one."""
        person_id, text = message.chat_id, message.text
        user, name = self._users.get(person_id), name_of(text, edited=edited)
        if name == CLOSED or (edited and name == SEALED):
            return name
        if user is not None and name is not None:
            user.take_message(name, text)
        if user is not None and name is None:
            user.take_reminder(text)
        if user is None or name is None or name in NOTES:
            self._books.take_message(person_id, text)
        return name

    def receive(self, mail: Accepted) -> None:
        """Hand on what the mail server accepts."""
        self._books.take_mail(mail)
        for recipient in mail.recipients:
            if user := self._by_address.get(recipient):
                user.take_mail(mail)

    # ---- What becomes of them ----

    @property
    def is_talking(self) -> bool:
        """Return whether anybody is in the middle of their story."""
        return bool(self._going)

    @property
    def haste(self) -> timedelta | None:
        """Return how far the clock may move on before somebody is too late; None for any time."""
        deadlines = [user.deadline for user in self._going if user.deadline]
        return max(min(deadlines) - self._clock.now(), timedelta()) if deadlines else None

    async def ended(self) -> None:
        """Return once every story is at its end, or stands still for good."""
        while self._going:
            left = max(user.patience for user in self._going)
            if left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.reach(self._ended.value + 1), left)

    def check(self, found: Snapshot) -> None:
        """Compare with the store, and give up who has waited too long."""
        for user in self._users.values():
            self._check_letters(user, found)
            if user.person.id in found.unmailed:
                user.misses_mail()
        for user in [user for user in self._going if user.patience < 0]:
            self._give_up(user)

    def close(self, found: Snapshot) -> ReplyFigures:
        """End every story; return how the replies came."""
        for user in list(self._going):
            self._give_up(user)
        for story in self._stories.values():
            story.cancel()
        for user in self._users.values():
            if self._books.is_erased(user.person.id):
                self._check_erased(user, found)
        replies = [_copies(user) for user in self._users.values()]
        return ReplyFigures(
            stories=self._ended.value,
            heard=sum(len(copies) for copies in replies),
            doubled=sum(number > 1 for copies in replies for number in copies),
            slowest=max((user.slowest for user in self._users.values()), default=0.0),
        )

    async def _tell(self, user: FakeUser, story: Story) -> None:
        try:
            await story(user)
        except (LookupError, ValueError, AssertionError) as error:
            self._books.breach(f"{user.person.name} could not go on: {error!r}")
        self._going.discard(user)
        self._ended.add()
        await user.listens()

    def _give_up(self, user: FakeUser) -> None:
        self._going.discard(user)
        self._stories[user].cancel()
        last = user.replies[-1].name if user.replies else "nothing"
        self._books.breach(f"{user.person.name} was never told {user.wanted} after {last}")

    def _check_letters(self, user: FakeUser, found: Snapshot) -> None:
        number, name = found.sealed[user.person.id], user.person.name
        if number > 1:
            self._books.breach(f"{name} sealed {number} letters with one message")
        if user.has_heard("sealed") and not number and not self._books.is_waived(user.person.id):
            self._books.breach(f"{name} was told of a letter that isn't stored")

    def _check_erased(self, user: FakeUser, found: Snapshot) -> None:
        if tables := found.tables_with(user.person.id):
            self._books.breach(f"{user.person.name} is erased and still in {', '.join(tables)}")

    def _newcomer(self) -> FakeUser:
        number = next(self._numbers)
        return FakeUser(
            telegram=self._telegram,
            person=self._telegram.set_language(Person(name=f"Talker {number}"), "en"),
            words=f"Talker's letter {number}.\nWritten while the lights went out.",
            mailboxes=Mailboxes(
                first=f"talker{number}@example.com",
                other=f"other{number}@example.com",
                dead=f"dead{number}@example.com",
            ),
            clock=self._clock,
            uptime=self._uptime,
            books=self._books,
            on_update=self._on_update,
        )


def _copies(user: FakeUser) -> list[int]:
    """Return how often each reply came, in their order."""
    return [len(list(copies)) for _, copies in groupby(user.replies, lambda heard: heard.name)]
