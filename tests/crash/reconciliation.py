"""What was promised, what the servers took, and what the one makes of the other.

It keeps its own books: a promise comes from what the campaign planted or a person was told, a copy
from what a server accepted. The store is asked only how a delivery ended.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from bot.letters import Channel, State
from bot.locales import Language, catalog
from tests.crash.child import Step, Trace
from tests.support.bot_api import Call
from tests.support.smtp import Accepted

DAYS = (7, 30)
MOST_COPIES = 2

_SAY = catalog(Language.EN)
_AGE = re.compile(r"\b(\d+) days ago\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A sealed letter; each person seals one."""

    person_id: int
    address: str
    words: str


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One delivery, by what a person would call it."""

    person_id: int
    day: int
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the store says a delivery ended."""

    state: State
    reason: str | None
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a campaign comes to; `breaches` are the broken rules, a sentence each."""

    kills: Counter[Step]
    deliveries: int
    sent: int
    doubled: int
    doubled_seen: int
    unconfirmed_told: int
    unconfirmed_came: int
    lost: int
    integrity_failures: int
    amid_commit: int
    seconds: float
    breaches: tuple[str, ...]

    def __str__(self) -> str:
        steps = ", ".join(f"{self.kills[step]} {step}" for step in Step if self.kills[step])
        return (
            f"kills={self.kills.total()} ({steps}; {self.amid_commit} inside a commit)"
            f" deliveries={self.deliveries} sent={self.sent}"
            f" doubled={self.doubled} doubled-with-reply-seen={self.doubled_seen}"
            f" unconfirmed-and-told={self.unconfirmed_told}"
            f" unconfirmed-untold-but-arrived={self.unconfirmed_came} lost={self.lost}"
            f" breaches={len(self.breaches)} integrity-failures={self.integrity_failures}"
            f" seconds={self.seconds:.0f}"
        )


@dataclass(slots=True)
class Reconciliation:
    """The books of one campaign."""

    promises: dict[int, Promise] = field(default_factory=dict)
    by_address: dict[str, Promise] = field(default_factory=dict)
    kills: Counter[Step] = field(default_factory=Counter)
    integrity_failures: int = 0
    breaches: list[str] = field(default_factory=list)
    replies: frozenset[str] = frozenset()
    """What the bot may say in a conversation, by its first line."""
    _copies: Counter[Key] = field(default_factory=Counter)
    _message_ids: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    _told: Counter[tuple[int, Channel]] = field(default_factory=Counter)

    def promise(self, promise: Promise) -> None:
        """Note a letter that must come back."""
        self.promises[promise.person_id] = promise
        self.by_address[promise.address] = promise

    def breach(self, what: str) -> None:
        """Note a broken rule."""
        self.breaches.append(what)

    def take_mail(self, mail: Accepted) -> None:
        """Note a mail that the mail server accepted."""
        promise = self.by_address.get(",".join(mail.recipients))
        message = mail.message
        day = _day(str(message["Subject"]), _subject)
        if promise is None or day is None or promise.words not in _text(message):
            self.breach(f"an unexpected mail: {message['Message-ID']}")
            return
        key = Key(promise.person_id, day, Channel.EMAIL)
        self._copies[key] += 1
        self._message_ids[key].add(str(message["Message-ID"]))

    def take_call(self, call: Call) -> None:
        """Note a message that Telegram carried out."""
        if call.method != "sendMessage" or not call.handled:
            return
        person_id, text = int(str(call.parameters["chat_id"])), str(call.parameters["text"])
        promise = self.promises.get(person_id)
        day = _day(text, _opening)
        if promise and day and promise.words in text:
            self._copies[Key(person_id, day, Channel.CHAT)] += 1
        elif promise and text == _SAY.say("mail-in-doubt", address=promise.address):
            self._told[person_id, Channel.EMAIL] += 1
        elif promise and text == _SAY.say("note-in-doubt"):
            self._told[person_id, Channel.CHAT] += 1
        elif text.split("\n", maxsplit=1)[0] not in self.replies:
            self.breach(f"an unexpected message to {person_id}")

    def close(self, ends: Mapping[Key, End], trace: Path, seconds: float) -> Figures:
        """Compare what was promised with what came."""
        tally, seen = Counter[str](), _Seen.read(trace)
        keys = list(self._promised())
        for key in keys:
            tally[self._verdict(key, ends.get(key))] += 1
            self._check_copies(key, ends.get(key), seen)
        for key in self._copies.keys() - set(keys):
            self.breach(f"{key} came and was never promised")
        doubled = [key for key in keys if self._copies[key] > 1]
        return Figures(
            kills=self.kills,
            deliveries=len(keys),
            sent=tally["sent"],
            doubled=len(doubled),
            doubled_seen=sum(ends[key].token in seen.sent_again for key in doubled),
            unconfirmed_told=tally["unconfirmed, told"],
            unconfirmed_came=tally["unconfirmed, came"],
            lost=tally["lost"],
            integrity_failures=self.integrity_failures,
            amid_commit=seen.amid_commit,
            seconds=seconds,
            breaches=tuple(self.breaches),
        )

    def _promised(self) -> Iterator[Key]:
        for person_id in self.promises:
            for day in DAYS:
                for channel in Channel:
                    yield Key(person_id, day, channel)

    def _verdict(self, key: Key, end: End | None) -> str:
        came = self._copies[key] > 0
        match end:
            case End(state=State.SENT) if came:
                return "sent"
            case End(state=State.FAILED) if self._takes_word_of(key):
                return "unconfirmed, told"
            case End(state=State.FAILED) if came:
                return "unconfirmed, came"
        self.breach(f"{key} is lost: {end}")
        return "lost"

    def _takes_word_of(self, key: Key) -> bool:
        """Tell whether the person was told of the doubt, each word counting for one."""
        told = self._told[key.person_id, key.channel] > 0
        self._told[key.person_id, key.channel] -= told
        return told

    def _check_copies(self, key: Key, end: End | None, seen: "_Seen") -> None:
        if self._copies[key] > MOST_COPIES:
            self.breach(f"{key} came {self._copies[key]} times")
        if len(self._message_ids[key]) > 1:
            self.breach(f"{key} came under {self._message_ids[key]}")
        if end and end.token in seen.sent_again_though_recorded:
            self.breach(f"{key} was sent again though its server's yes was on disk")
        if end and end.state is State.FAILED and end.reason != "unconfirmed":
            self.breach(f"{key} failed: {end.reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the child's own notes tell of the tokens it sent again, and of how it died."""

    sent_again: frozenset[str]
    """It had read the server's yes, and died before that was on disk."""
    sent_again_though_recorded: frozenset[str]
    amid_commit: int

    @classmethod
    def read(cls, trace: Path) -> "_Seen":
        lines = [line.partition(" ") for line in trace.read_text().splitlines()]
        notes = [(Trace(name), token) for name, _, token in lines]
        counts = Counter(note for note, _ in notes)
        return cls(
            sent_again=frozenset(_left_after(Trace.SEEN, notes)),
            sent_again_though_recorded=frozenset(_left_after(Trace.RECORDED, notes)),
            amid_commit=counts[Trace.COMMIT_BEGUN] - counts[Trace.COMMIT_ENDED],
        )


def _left_after(mark: Trace, notes: Iterable[tuple[Trace, str]]) -> Iterator[str]:
    """Give the tokens that left once more after that mark."""
    marked: set[str] = set()
    for note, token in notes:
        if note is mark:
            marked.add(token)
        elif note is Trace.LEAVING and token in marked:
            yield token


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def _day(text: str, beginning: Callable[[int], str]) -> int | None:
    """Give a reminder's day; a late one tells the age that its letter has come to."""
    found = _AGE.search(text.split("\n", maxsplit=1)[0])
    age = int(found[1]) if found else 0
    if not text.startswith(beginning(age)):
        return None
    return max((day for day in DAYS if day <= age), default=None)


def _subject(age: int) -> str:
    return _SAY.count("mail-reminder-subject", age)


def _opening(age: int) -> str:
    return _SAY.count("reminder-opening", age, date="§").split("§")[0]
