"""What was promised, what the servers took, and what the one makes of the other.

It keeps its own books: a promise comes from what the campaign sealed or a person said, a copy from
what a server accepted. The store is asked only how a delivery ended.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from bot.letters import Channel, State
from bot.locales import catalog
from tests.crash.deliveries import DAYS, End, Key, Promise
from tests.crash.figures import Figures, ReplyFigures
from tests.crash.plan import Step
from tests.crash.replies import NOTES, name_of
from tests.crash.trace import Seen
from tests.crash.uptime import Uptime
from tests.support.languages import ENGLISH
from tests.support.mails import is_confirmation, is_last_mail
from tests.support.smtp import Accepted

MOST_COPIES = 2

_SAY = catalog(ENGLISH)
_AGE = re.compile(r"\b(\d+) days? ago\b")


@dataclass(slots=True)
class Reconciliation:
    """The books of one campaign."""

    uptime: Uptime
    promises: dict[int, Promise] = field(default_factory=dict)
    kills: Counter[Step] = field(default_factory=Counter)
    integrity_failures: int = 0
    erased_keys: int = 0
    in_flight: int = 0
    breaches: list[str] = field(default_factory=list)
    _owners: dict[str, int] = field(default_factory=dict)
    _consents: set[str] = field(default_factory=set)
    _waived: set[str | int] = field(default_factory=set)
    """Addresses and people of whom a stop or an erasure was asked: nothing more is owed them."""
    _closed: dict[str | int, int] = field(default_factory=dict)
    """Addresses and people told that nothing more comes, each in which life of the program."""
    _taken_back: set[int] = field(default_factory=set)
    """People told that their letter is taken back."""
    _last_mails: Counter[str] = field(default_factory=Counter)
    _copies: Counter[Key] = field(default_factory=Counter)
    _message_ids: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    _told: Counter[tuple[int, Channel]] = field(default_factory=Counter)

    # ---- What is promised ----

    def promise(self, promise: Promise) -> None:
        """Note a letter that must come back, or that its mails go elsewhere now."""
        self.promises[promise.person_id] = promise
        self._owners[promise.address] = promise.person_id

    def consent(self, address: str) -> None:
        """Note that an address's holder wants its letters, which from now on are owed there."""
        self._consents.add(address)
        self._waived.discard(address)

    def stopping(self, address: str) -> None:
        """Note that an address is owed nothing more, and may still get something."""
        self._waived.add(address)

    def stopped(self, address: str) -> None:
        """Note that nothing more may come to an address, but for what was on its way."""
        self._closed[address] = self.uptime.life

    def lifting(self, address: str) -> None:
        """Note that an address may be asked again for consent, which nothing else comes without."""
        self._closed.pop(address, None)
        self._consents.discard(address)

    def taking_back(self, person_id: int) -> None:
        """Note that a person is owed no letter, which may still come."""
        self._waived.add(person_id)

    def taken_back(self, person_id: int) -> None:
        """Note that a person's letter must not come any more."""
        self._taken_back.add(person_id)

    def erasing(self, person_id: int) -> None:
        """Note that a person is owed nothing more, and may still get something."""
        self._waived.add(person_id)

    def erased(self, person_id: int) -> None:
        """Note that nothing more may come to a person, but for what was on its way."""
        self._closed[person_id] = self.uptime.life

    def is_erased(self, person_id: int) -> bool:
        """Return whether a person was told that everything of theirs is erased."""
        return person_id in self._closed

    def is_waived(self, person_id: int) -> bool:
        """Return whether a person asked for everything to be erased."""
        return person_id in self._waived

    def breach(self, what: str) -> None:
        """Note a broken rule, once."""
        if what not in self.breaches:
            self.breaches.append(what)

    # ---- What comes ----

    def take_mail(self, mail: Accepted) -> None:
        """Note a mail at the moment at which the mail server accepts it."""
        address, message = ",".join(mail.recipients), mail.message
        person_id = self._owners.get(address)
        if person_id is None:
            self.breach(f"a mail to a stranger: {message['Message-ID']}")
            return
        if is_last_mail(mail):
            self._take_last_mail(address)
            return
        self._check_closed(address, person_id)
        promise, text = self.promises[person_id], _text(message)
        if is_confirmation(mail):
            if promise.words in text:
                self.breach(f"{address} was asked for consent with a letter's words")
            return
        day = _day(_behind_words(str(message["Subject"])), _subject, promise)
        if day is None or not promise.comes_in(text, day):
            self.breach(f"an unexpected mail: {message['Message-ID']}")
            return
        self._check_taken_back(person_id)
        if address not in self._consents:
            self.breach(f"{address} was mailed a letter and never confirmed")
        key = Key(person_id, day, Channel.EMAIL)
        self._copies[key] += 1
        self._message_ids[key].add(str(message["Message-ID"]))

    def _take_last_mail(self, address: str) -> None:
        """Note the word of a stop, which must have been asked for and be the only one."""
        self._last_mails[address] += 1
        if address not in self._waived:
            self.breach(f"{address} was told of a stop that nobody asked for")
        if self._last_mails[address] > MOST_COPIES:
            self.breach(f"{address} was told of its stop {self._last_mails[address]} times")

    def take_message(self, person_id: int, text: str) -> None:
        """Note a message, a reply excepted, at the moment at which Telegram carries it out."""
        self._check_closed(person_id)
        promise, name = self.promises.get(person_id), name_of(text)
        day = _day(text, _opening, promise) if promise else None
        if promise and day and promise.comes_in(text, day):
            self._check_taken_back(person_id)
            self._copies[Key(person_id, day, Channel.CHAT)] += 1
        elif promise and name == "mail-in-doubt":
            self._told[person_id, Channel.EMAIL] += promise.address in text
        elif promise and name == "note-in-doubt":
            self._told[person_id, Channel.CHAT] += 1
        elif promise is None or name not in NOTES:
            self.breach(f"an unexpected message to {person_id}: {name or text[:80]}")

    def _check_taken_back(self, person_id: int) -> None:
        if person_id in self._taken_back:
            self.breach(f"{person_id} got a letter after being told that it is taken back")

    def _check_closed(self, *recipients: str | int) -> None:
        """See that nothing comes after a farewell but what was on its way in the same life."""
        for each in recipients:
            if self._closed.get(each, self.uptime.life) != self.uptime.life:
                self.breach(f"{each} got something after being told that nothing more comes")

    # ---- What the one makes of the other ----

    def close(
        self, ends: Mapping[Key, End], trace: Path, seconds: float, heard: ReplyFigures
    ) -> Figures:
        """Compare what was promised with what came."""
        tally, seen = Counter[str](), Seen.read(trace)
        keys = list(self._owed())
        for key in keys:
            tally[self._verdict(key, ends.get(key))] += 1
            self._check_copies(key, ends.get(key), seen)
        for address in self._closed:
            if isinstance(address, str) and not self._last_mails[address]:
                self.breach(f"{address} was never mailed that its mail is stopped")
        for key in self._copies.keys() - set(keys):
            if not self._is_owed_nothing(key):
                self.breach(f"{key} came and was never promised")
        doubled = [key for key in keys if self._copies[key] > 1]
        if len(doubled) > self.in_flight:
            self.breach(f"{len(doubled)} came twice, and {self.in_flight} were in flight at kills")
        return Figures(
            kills=self.kills,
            deliveries=len(keys),
            sent=tally["sent"],
            doubled=len(doubled),
            in_flight=self.in_flight,
            doubled_seen=sum(ends[key].token in seen.sent_again for key in doubled),
            unconfirmed_told=tally["unconfirmed, told"],
            unconfirmed_came=tally["unconfirmed, came"],
            lost=tally["lost"],
            integrity_failures=self.integrity_failures,
            erased_keys=self.erased_keys,
            amid_commit=seen.amid_commit,
            seconds=seconds,
            heard=heard,
            breaches=tuple(self.breaches),
        )

    def _owed(self) -> Iterator[Key]:
        for promise in self.promises.values():
            for day in DAYS:
                for channel in Channel:
                    key = Key(promise.person_id, day, channel)
                    consented = channel is Channel.CHAT or promise.address in self._consents
                    if consented and not self._is_owed_nothing(key):
                        yield key

    def _is_owed_nothing(self, key: Key) -> bool:
        promise = self.promises.get(key.person_id)
        stopped = promise and key.channel is Channel.EMAIL and promise.address in self._waived
        return self.is_waived(key.person_id) or bool(stopped)

    def _verdict(self, key: Key, end: End | None) -> str:
        came = self._copies[key] > 0
        match end:
            case End(state=State.SENT) if came:
                return "sent"
            case End(state=State.FAILED) if self._is_told_of(key):
                return "unconfirmed, told"
            case End(state=State.FAILED) if came:
                return "unconfirmed, came"
        self.breach(f"{key} is lost: {end}")
        return "lost"

    def _is_told_of(self, key: Key) -> bool:
        """Return whether the person was told of the doubt.

        One word stands for all mails to their address that none came after.
        """
        return self._told[key.person_id, key.channel] > 0

    def _check_copies(self, key: Key, end: End | None, seen: Seen) -> None:
        if self._copies[key] > MOST_COPIES:
            self.breach(f"{key} came {self._copies[key]} times")
        if len(self._message_ids[key]) > 1:
            self.breach(f"{key} came under {self._message_ids[key]}")
        if end and end.token in seen.sent_again_though_recorded:
            self.breach(f"{key} was sent again though its server's yes was on disk")
        if end and end.state is State.FAILED and end.reason != "unconfirmed":
            self.breach(f"{key} failed: {end.reason}")


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def _day(text: str, beginning: Callable[[int], str], promise: Promise) -> int | None:
    """Return a reminder's day; a late one tells the age that its letter has come to."""
    found = _AGE.search(text.split("\n", maxsplit=1)[0])
    age = int(found[1]) if found else 0
    return promise.day_at(age) if text.startswith(beginning(age)) else None


def _subject(age: int) -> str:
    return _behind_words(_SAY.count("mail-reminder-subject-words", age, first="§"))


def _behind_words(subject: str) -> str:
    """Return what a subject says behind the letter's first words."""
    return subject.rpartition("”")[2]


def _opening(age: int) -> str:
    return _SAY.count("reminder-opening", age, date="§").split("§")[0]
