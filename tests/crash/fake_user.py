"""A person who talks to the bot while it is being killed, and sees whether it keeps its manners.

They say a line once, for Telegram has received it, and again only when they are asked to; a kill is
nothing they know of.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from bot.clock import Clock
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.crash.deliveries import Promise
from tests.crash.reconciliation import Reconciliation
from tests.crash.replies import NOTES, PUT_ASIDE, label
from tests.crash.uptime import Uptime
from tests.support.mails import (
    CONFIRM,
    asks_how_it_goes,
    code_in,
    is_confirmation,
    is_last_mail,
    link_in,
    link_labelled,
)
from tests.support.smtp import Accepted

MOST_COPIES = 3  # of what the chat says: one, and one for each kill amid its sending
HEARD_WITHIN = 60.0  # seconds of the program's being up
MAILED_WITHIN = 240.0
"""Seconds of its being up: over dead mailboxes the lane stands still for one minute, then two, and
a refusal is believed at the second try, a minute after the first."""
SOON = timedelta(minutes=50)  # less than the hour in which a letter, or everything, can be undone

NO_MAIL = "no mail"
REFUSED = "address-refused"
REMINDER = "a reminder"


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply by its name, and in which of the program's lives it came."""

    name: str
    life: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailboxes:
    """The addresses of one person; the mail server refuses `dead`."""

    first: str
    other: str
    dead: str


class FakeUser:
    """One person, one letter. `deadline` is when, by the clock, what they do now must be done."""

    def __init__(
        self,
        *,
        telegram: Telegram,
        person: Person,
        words: str,
        mailboxes: Mailboxes,
        clock: Clock,
        uptime: Uptime,
        books: Reconciliation,
        on_update: Callable[[int], None],
    ) -> None:
        self.person = person
        self.words = words
        self.mailboxes = mailboxes
        self.deadline: datetime | None = None
        self.replies: list[Heard] = []
        self.slowest = 0.0
        self._telegram = telegram
        self._clock = clock
        self._uptime = uptime
        self._books = books
        self._on_update = on_update
        self._chat: asyncio.Queue[Heard] = asyncio.Queue()
        self._post: asyncio.Queue[Accepted | tuple[str, str]] = asyncio.Queue()
        self._offers = 0
        self._mails_seen: set[str] = set()
        self._wanted: tuple[str, ...] = ()
        self._waiting_since: float | None = None
        self._patience = HEARD_WITHIN
        self._last_act: Callable[[], int] = lambda: 0
        self._asked_again_in = -1

    # ---- What comes to them ----

    def take_message(self, name: str, text: str) -> None:
        """Take what the bot said: a reply, or a note that the outbox brought."""
        if name in NOTES:
            self._offers += name == REFUSED
            if self._offers > MOST_COPIES:
                self._breach(f"was told {name} {self._offers} times")
            self._post.put_nowait((name, text))
        else:
            self._chat.put_nowait(Heard(name, self._uptime.life))

    def misses_mail(self) -> None:
        """See that no mail comes: after two attempts in doubt there is none, and no word of it."""
        if NO_MAIL in self._wanted:
            self._post.put_nowait((NO_MAIL, ""))

    def take_reminder(self, text: str) -> None:
        """Take the letter that came back."""
        self._post.put_nowait((REMINDER, text))

    def take_mail(self, mail: Accepted) -> None:
        """Take a mail, unless it is one more copy."""
        if (message_id := str(mail.message["Message-ID"])) not in self._mails_seen:
            self._mails_seen.add(message_id)
            self._post.put_nowait(mail)

    @property
    def first_promise(self) -> Promise:
        """Return the letter as it comes to the first of their addresses."""
        person_id, address = self.person.id, self.mailboxes.first
        return Promise(person_id=person_id, address=address, words=self.words)

    # ---- What they do ----

    def says(self, text: str) -> None:
        """Send a message."""
        self._acts(lambda: self._telegram.say(self.person, text))

    def presses(self, button: str) -> None:
        """Press the newest button of that name."""
        self.presses_label(label(button))

    def presses_label(self, text: str) -> None:
        """Press the newest button with that on it."""
        self._acts(lambda: self._telegram.press(self.person, text))

    def gives(self, address: str) -> None:
        """Say where the letter goes, or goes instead: from here on it must come back."""
        self._books.promise(replace(self.first_promise, address=address))
        self.says(address)

    def is_told_of_addition(self, text: str) -> None:
        """Expect it to come along with the letter."""
        promise = self._books.promises[self.person.id]
        self._books.promise(replace(promise, added=text))

    def moves_to(self, day: str) -> None:
        """Say on which day the letter is to come first."""
        promise = self._books.promises[self.person.id]
        self._books.promise(replace(promise, moved=True))
        self.says(day)

    def is_told_of_recalling(self, text: str) -> None:
        """Expect it to stand with the letter when that comes back for the last time."""
        promise = self._books.promises[self.person.id]
        self._books.promise(replace(promise, recalled=(*promise.recalled, text)))

    def asks_for_mail(self) -> None:
        """Ask for another confirmation mail; the digits in an earlier one are of no use now."""
        while not self._post.empty():
            self._post.get_nowait()
        self.says("/confirm")

    def types_code(self, address: str, mail: Accepted) -> None:
        """Confirm an address with the digits of its mail."""
        self._books.consent(address)
        self.says(code_in(mail))

    def taps_link(self, address: str, mail: Accepted) -> None:
        """Confirm an address with the link of its mail."""
        self._books.consent(address)
        self.opens(mail, CONFIRM)

    def opens(self, mail: Accepted, kind: str) -> None:
        """Tap the link of that kind in a mail."""
        self._acts(lambda: self._telegram.open(self.person, link_in(mail, kind)))

    def answers_by_mail(self, mail: Accepted, answer: str) -> None:
        """Tap the link of that answer in a mail."""
        link = link_labelled(mail, label(answer))
        self._acts(lambda: self._telegram.open(self.person, link))

    def stops(self, address: str) -> None:
        """Press the button that stops mail to an address."""
        self._books.stopping(address)
        self.presses("button-stop")

    def is_told_of_stop(self, address: str) -> None:
        """Expect no more mail there."""
        self._books.stopped(address)

    def lifts(self, address: str) -> None:
        """Press the button that allows mail to an address again."""
        self._books.lifting(address)
        self.presses("button-lift")

    def has_little_time(self) -> None:
        """Seal a letter that is to be changed, which must be done soon."""
        self.deadline = self._clock.now() + SOON

    def has_time_again(self) -> None:
        """Be done with what had to be done soon."""
        self.deadline = None

    def takes_back(self) -> None:
        """Press the button that takes the letter back."""
        self._books.taking_back(self.person.id)
        self.presses("button-take-back")

    def is_told_of_taking_back(self) -> None:
        """Expect the letter no more."""
        self.has_time_again()
        self._books.taken_back(self.person.id)

    def rewrites(self, words: str, address: str) -> None:
        """Send other words for the letter: from here on they must come back."""
        self.words = words
        promise = Promise(person_id=self.person.id, address=address, words=words)
        self._books.promise(promise)
        self.says(words)

    def asks_to_erase(self) -> None:
        """Ask for everything to be erased, which must be done soon."""
        self.has_little_time()
        self.says("/delete")

    def erases(self) -> None:
        """Press the button that erases everything."""
        self._books.erasing(self.person.id)
        self.presses("button-delete")

    def is_told_of_erasure(self) -> None:
        """Expect nothing more at all."""
        self.has_time_again()
        self._books.erased(self.person.id)

    def asks_to_move(self) -> None:
        """Press the button for another time zone, which must be named soon."""
        self.deadline = self._clock.now() + SOON
        self.presses("button-zone")

    def _acts(self, act: Callable[[], int]) -> None:
        self._last_act = act
        self._on_update(act())

    def _acts_again(self, life: int) -> None:
        """Do once more what was put aside; a word on it right after a kill may be its second."""
        if life > self._asked_again_in + 1:
            self._asked_again_in = life
            self._on_update(self._last_act())

    # ---- What they wait for ----

    async def hears(self, *names: str) -> str:
        """Return which of these replies came next; what else comes is judged and waited out."""
        with self._waiting(names):
            while True:
                heard = await self._chat.get()
                if heard.name in names:
                    self.replies.append(heard)
                    self.slowest = max(self.slowest, self._waited)
                    return heard.name
                if heard.name == PUT_ASIDE:
                    self._acts_again(heard.life)
                else:
                    self._judge(heard)

    async def finds_code(self, address: str) -> Accepted | None:
        """Return a confirmation mail; None once it is plain that it doesn't come."""
        with self._waiting(("a confirmation mail", NO_MAIL), MAILED_WITHIN):
            while True:
                match await self._post.get():
                    case Accepted(recipients=(recipient,)) as mail if (
                        recipient == address and is_confirmation(mail)
                    ):
                        return mail
                    case (name, _) if name == NO_MAIL:
                        return None

    async def finds_reminder(self) -> None:
        """Return once the letter came back in the chat."""
        with self._waiting(("the letter in the chat",), MAILED_WITHIN):
            while True:
                match await self._post.get():
                    case (str() as name, _) if name == REMINDER:
                        return

    async def finds_letter(self) -> Accepted:
        """Return the mail that brought the letter back."""
        with self._waiting(("the letter by mail",), MAILED_WITHIN):
            while True:
                match await self._post.get():
                    case Accepted() as mail if asks_how_it_goes(mail):
                        return mail

    async def finds_last_mail(self, address: str) -> Accepted:
        """Return the mail that says that an address gets no more."""
        with self._waiting(("the last mail",), MAILED_WITHIN):
            while True:
                match await self._post.get():
                    case Accepted(recipients=(recipient,)) as mail if (
                        recipient == address and is_last_mail(mail)
                    ):
                        return mail

    async def finds_note(self, address: str) -> str:
        """Return which note came of an address that takes no mail, or that none did."""
        with self._waiting((REFUSED, NO_MAIL), MAILED_WITHIN):
            while True:
                match await self._post.get():
                    case (str() as name, text) if name == NO_MAIL or (
                        name == REFUSED and address in text
                    ):
                        return name

    async def listens(self) -> None:
        """Judge all that is still said after the end of the story; never returns."""
        while True:
            self._judge(await self._chat.get())

    @property
    def patience(self) -> float:
        """Return the seconds, of the program's being up, for which they still wait gladly."""
        return self._patience - self._waited

    @property
    def wanted(self) -> str:
        """Return what they wait for, in words."""
        return " or ".join(self._wanted)

    def has_heard(self, *names: str) -> bool:
        """Return whether one of these was said."""
        return any(heard.name in names for heard in self.replies)

    @property
    def _waited(self) -> float:
        since = self._waiting_since
        return 0.0 if since is None else self._uptime.seconds - since

    @contextmanager
    def _waiting(self, names: tuple[str, ...], patience: float = HEARD_WITHIN) -> Iterator[None]:
        self._wanted, self._patience = names, patience
        self._waiting_since = self._uptime.seconds
        yield
        if self.patience < 0:
            self._breach(f"waited {self._waited:.0f} s for {self.wanted}")
        self._wanted, self._waiting_since = (), None

    # ---- What is wrong with what comes ----

    def _judge(self, heard: Heard) -> None:
        """Note what is wrong with a reply that wasn't waited for; a repetition may be right."""
        if heard.name == PUT_ASIDE:
            return
        newest = list(takewhile(lambda each: each.name == heard.name, reversed(self.replies)))
        if not newest:
            when = "out of order" if self.has_heard(heard.name) else "for no reason"
            then = f"waiting for {self.wanted}" if self._wanted else "at the end"
            self._breach(f"was told {heard.name} {when}, {then}")
            return
        self.replies.append(heard)
        if newest[0].life == heard.life:
            self._breach(f"was told {heard.name} twice without a kill between")
        if len(newest) >= MOST_COPIES:
            self._breach(f"was told {heard.name} {len(newest) + 1} times")

    def _breach(self, what: str) -> None:
        self._books.breach(f"{self.person.name} {what}")
