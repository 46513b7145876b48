"""Whether a permanent refusal is believed: judged across people.

A server in trouble says of everybody what it says of somebody who isn't there. So a refusal is
believed of an address, a person or a letter only if others get through around it, or if its words
leave no doubt and nobody else meets them. All of this is kept in memory: a new start knows nothing,
and is as careful as at first.
"""

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.clock import Clock
from bot.delivery.outcome import Blame, Clarity, Refused
from bot.delivery.retry import RetryPolicy
from bot.email_address.mailbox_forms import domain_form, exact_form
from bot.letters import Channel
from bot.store.deliveries import Delivery

_SECOND_TRY = 60.0  # seconds after the first
_A_WHILE = 45.0  # seconds: what a second try has waited at least, whatever the clocks say
_MEMORY = 3600.0  # seconds; tries of what isn't judged come more often
_MOST_THROUGH, _MOST_SUSPECTS = 1000, 500  # that are remembered of that time, the newest
_PATIENCE = 1800.0  # seconds after which the operator hears of what couldn't be judged
_CROWD, _RATIO = 2, 3  # so many others met it, and not so many times more got through


class Verdict(StrEnum):
    """What is made of a refusal."""

    BELIEVED = "believed"
    ALONE = "alone"
    """Nobody can tell yet; nobody else meets it, so this delivery alone waits."""
    EVERYBODY = "everybody"
    """Others meet the same and nobody gets through: it is no fault of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known when a refusal is judged; of `others`, none is of the same person.

    `others`: some met the same, and nobody got through since. `crowded`: they are many against who
    gets through. `again`: it is not the first of this recipient, or letter; `waited`: for the
    first lies a while back. `passed`: somebody set out after the one before and got through;
    `near`: to the same domain.
    """

    clarity: Clarity
    others: bool = False
    crowded: bool = False
    again: bool = False
    waited: bool = False
    passed: bool = False
    near: bool = False


def verdict(evidence: Evidence) -> Verdict:
    """Return what the evidence allows to believe: pure."""
    if evidence.clarity is Clarity.CERTAIN:
        return Verdict.BELIEVED
    if evidence.others:
        return Verdict.EVERYBODY
    clear = evidence.clarity is Clarity.CLEAR
    persists = evidence.again and (evidence.waited or (clear and evidence.near))
    judged = persists and (evidence.passed or clear) and not evidence.crowded
    if judged and evidence.clarity is not Clarity.OPERATORS:
        return Verdict.BELIEVED
    return Verdict.ALONE


def patience_for(policy: RetryPolicy) -> RetryPolicy:
    """Return the waits of what can't be judged: from a minute to half an hour, as many days."""
    return RetryPolicy(
        first=timedelta(minutes=1),
        second=timedelta(minutes=2),
        ceiling=timedelta(minutes=30),
        give_up=policy.give_up,
        jitter=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A verdict, and whether it is time to tell the operator."""

    verdict: Verdict
    tell: bool = False


@dataclass(slots=True, kw_only=True)
class _Suspect:
    """Somebody, or some letter, that was refused; moments are monotonic seconds.

    `heard` is the number of the last refusal that is to be judged, `waiting` are the deliveries
    that met it, `ready`: they wait for nothing but another try.
    """

    recipient: str
    person_id: int
    domain: str
    alike: str
    clarity: Clarity
    of_letter: bool
    passes: bool
    first: float
    last: float
    heard: int = 0
    passed: bool = False
    near: bool = False
    ready: bool = False
    waiting: set[int] = field(default_factory=set)


class Judge:
    """Remembers, for a lane, who was refused and who got through."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._suspects: dict[tuple[str, str], _Suspect] = {}
        self._through: deque[float] = deque(maxlen=_MOST_THROUGH)
        self._told: set[str] = set()
        self._heard = 0

    def begin(self) -> int:
        """Return the number of refusals heard before an attempt, which its end is judged by."""
        return self._heard

    def refused(self, delivery: Delivery, refused: Refused, begun: int) -> Ruling:
        """Judge a refusal of an attempt that began at `begun`."""
        if refused.clarity is Clarity.CERTAIN:
            return Ruling(verdict=Verdict.BELIEVED)
        now = self._clock.monotonic()
        self._forget(now)
        key = _key(delivery, refused)
        before = self._suspects.get(key)
        suspect = before or _suspect(delivery, refused, now)
        again = before is not None and begun >= before.heard
        evidence = self._evidence(suspect, now, again=again)
        found = verdict(evidence)
        self._suspects[key] = suspect
        while len(self._suspects) > _MOST_SUSPECTS:
            del self._suspects[next(iter(self._suspects))]
        self._remember(suspect, delivery, found, now)
        return Ruling(verdict=found, tell=self._should_tell(suspect, found, now))

    def success(self, delivery: Delivery, begun: int) -> dict[int, timedelta]:
        """Note that something got through; returns which deliveries to try again, and when.

        Nothing but this was missing for them to be judged.
        """
        now = self._clock.monotonic()
        self._forget(now)
        self._through.append(now)
        recipient, domain = _recipient(delivery)
        for key, each in list(self._suspects.items()):
            if each.recipient == recipient and (not each.of_letter or delivery.id in each.waiting):
                del self._suspects[key]
            elif each.heard <= begun:
                each.passed = True
                each.near = each.near or (domain != "" and each.domain == domain)
        return self._ready(now)

    def _evidence(self, suspect: _Suspect, now: float, *, again: bool) -> Evidence:
        others = self._others(suspect)
        return Evidence(
            clarity=suspect.clarity,
            others=any(not each.passed for each in others),
            crowded=self._crowded(others),
            again=again,
            waited=now - suspect.first >= _A_WHILE,
            passed=suspect.passed,
            near=suspect.near,
        )

    def _others(self, suspect: _Suspect) -> list[_Suspect]:
        """Return who of other people met the same lately."""
        return [
            each
            for each in self._suspects.values()
            if each.alike == suspect.alike
            and each.recipient != suspect.recipient
            and each.person_id != suspect.person_id
        ]

    def _crowded(self, others: Collection[_Suspect]) -> bool:
        many = len({each.recipient for each in others})
        return many >= _CROWD and len(self._through) < _RATIO * many

    def _remember(self, suspect: _Suspect, delivery: Delivery, found: Verdict, now: float) -> None:
        self._heard += 1
        suspect.last = now
        suspect.waiting.add(delivery.id)
        suspect.ready = found is Verdict.BELIEVED
        if found is not Verdict.BELIEVED:
            suspect.heard, suspect.passed, suspect.near = self._heard, False, False

    def _should_tell(self, suspect: _Suspect, found: Verdict, now: float) -> bool:
        """Return whether the operator is to hear of it now: once for all that meet the same."""
        busy = bool(self._through) and now - self._through[-1] < _SECOND_TRY
        patience = _patience(suspect, found, busy=busy)
        tell = now - suspect.first >= patience and suspect.alike not in self._told
        if tell:
            self._told.add(suspect.alike)
        return tell

    def _ready(self, now: float) -> dict[int, timedelta]:
        """Return when to try those again that can be judged by now, and weren't named before."""
        ready: dict[int, timedelta] = {}
        for each in self._suspects.values():
            waits = each.passed and not each.ready and each.clarity is not Clarity.OPERATORS
            if waits and not self._crowded(self._others(each)):
                each.ready = True
                at_once = each.near and each.clarity is Clarity.CLEAR
                seconds = 0.0 if at_once else max(0.0, each.first + _SECOND_TRY - now)
                ready |= dict.fromkeys(each.waiting, timedelta(seconds=seconds))
        return ready

    def _forget(self, now: float) -> None:
        """Forget what is long ago."""
        while self._through and self._through[0] < now - _MEMORY:
            self._through.popleft()
        for key, each in list(self._suspects.items()):
            if each.last < now - _MEMORY:
                del self._suspects[key]
        self._told &= {each.alike for each in self._suspects.values()}


def _patience(suspect: _Suspect, found: Verdict, *, busy: bool) -> float:
    """Return after how many seconds the operator hears; `busy`: somebody got through just now.

    Of what passes for everybody they hear if the lane stands still for long, not from here.
    """
    operators = suspect.clarity is Clarity.OPERATORS
    match found:
        case Verdict.EVERYBODY if suspect.passes:
            return math.inf
        case Verdict.ALONE if suspect.passes:
            return _PATIENCE
        case Verdict.BELIEVED:
            return math.inf
        case Verdict.EVERYBODY:
            return _A_WHILE if busy and not operators else 0.0
        case Verdict.ALONE:
            return _A_WHILE if operators else _PATIENCE


def _key(delivery: Delivery, refused: Refused) -> tuple[str, str]:
    of_letter = refused.blame is Blame.CONTENT
    return (f"letter:{delivery.id}" if of_letter else _recipient(delivery)[0], _alike(refused))


def _suspect(delivery: Delivery, refused: Refused, now: float) -> _Suspect:
    recipient, domain = _recipient(delivery)
    return _Suspect(
        recipient=recipient,
        person_id=delivery.person.id,
        domain=domain,
        alike=_alike(refused),
        clarity=refused.clarity,
        of_letter=refused.blame is Blame.CONTENT,
        passes=refused.passes,
        first=now,
        last=now,
    )


def _alike(refused: Refused) -> str:
    """Return what refusals have in common that say the same."""
    return refused.cause if refused.clarity is Clarity.OPERATORS else refused.reason


def _recipient(delivery: Delivery) -> tuple[str, str]:
    """Return where a delivery goes, and at which domain that is; only mail has one."""
    if delivery.channel is not Channel.EMAIL or delivery.mail_to is None:
        return f"person:{delivery.person.id}", ""
    address = delivery.mail_to.address
    return exact_form(address), domain_form(address)
