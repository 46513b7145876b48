"""What a mail server may do to one letter, and what each means: the table to hold a transport to.

Read from RFC 5321 (4.2, 4.5.4.1, 6.1) and RFC 3463, not from the code that it is there to test.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

import pytest

from bot.delivery import smtp, smtp_replies
from bot.delivery.outcome import Blame, Cause, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.smtp import Limits
from tests.support.faults import (
    Fault,
    accept_then_drop,
    drop,
    endless_lines,
    garbage,
    huge_banner,
    reset,
    silence,
    trickle,
)
from tests.support.smtp import Phase, reply


class Meaning(StrEnum):
    """What has become of the letter."""

    SENT = "sent"
    LATER = "not sent, to be tried again"
    DOUBT = "perhaps sent"
    BAD_ADDRESS = "never to this address, if that is so of nobody else"
    BAD_CONTENT = "never with this content, if that is so of nobody else's"
    LANE = "no fault of the letter's: server, login or operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing a server does, at one phase."""

    phase: Phase
    fault: Fault
    meaning: Meaning

    def __str__(self) -> str:
        return f"{self.fault} at {self.phase}"


def meaning_of(outcome: Outcome) -> Meaning:
    """Return what an outcome says of the letter. Raises ValueError for one that says nothing."""
    match outcome:
        case Sent():
            return Meaning.SENT
        case Later(doubt=doubt):
            return Meaning.DOUBT if doubt else Meaning.LATER
        case Refused(cause=cause) if cause not in {Cause.UNKNOWN, Cause.RECIPIENTS}:
            return Meaning.LANE
        case Refused(blame=Blame.ADDRESS):
            return Meaning.BAD_ADDRESS
        case Refused(blame=Blame.CONTENT):
            return Meaning.BAD_CONTENT
        case LaneFault():
            return Meaning.LANE
    raise ValueError(f"{type(outcome).__name__} is nothing a mail server can cause")


def limits_for(case: Case, monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Return limits that run out soon in the phase at fault, if it never ends, and nowhere else.

    One limit serves several phases, and a busy machine makes any of them as slow as a silent one.
    """
    at_fault = _PHASES.get(case.phase, case.phase.value)
    whole = smtp._phase

    def phase(each: smtp_replies.Phase, seconds: float) -> AbstractAsyncContextManager[None]:
        return whole(each, seconds if each == at_fault else _FAR)

    monkeypatch.setattr(smtp, "_phase", phase)
    late = _SOON if case.fault.name in _UNENDING else _FAR
    if case.phase in {Phase.MAIL, Phase.RCPT, Phase.DATA}:
        return Limits(opening=_FAR, command=late, final_dot=_FAR)
    if case.phase in _PHASES:
        return Limits(opening=_FAR, command=_FAR, final_dot=late)
    return Limits(opening=late, command=_FAR, final_dot=_FAR)


_SOON, _FAR = 0.05, 100.0  # seconds
_PHASES = dict.fromkeys((Phase.FINAL_DOT, Phase.ACCEPTED), smtp_replies.Phase.FINAL_DOT.value)
_BREAKS = (drop(), reset(), silence(), garbage(), huge_banner(), endless_lines())
_UNENDING = {str(fault) for fault in (silence(), trickle(), huge_banner(), endless_lines())}

_BEFORE_THE_LETTER = (
    (Phase.GREETING, reply(421, "4.3.2")),
    (Phase.GREETING, reply(554, "5.3.2")),
    (Phase.GREETING, reply(554)),
    (Phase.EHLO, reply(421, "4.7.0")),
    (Phase.EHLO, reply(550, "5.7.1")),
    (Phase.STARTTLS, reply(454, "4.7.0")),
    (Phase.STARTTLS, reply(502, "5.5.1")),
    (Phase.AUTH, reply(454, "4.7.0")),
    (Phase.AUTH, reply(535, "5.7.8")),
    (Phase.AUTH, reply(534, "5.7.9")),
    (Phase.AUTH, reply(535)),
)

_REPLIES = (
    (Phase.MAIL, reply(421, "4.3.2"), Meaning.LATER),
    (Phase.MAIL, reply(450, "4.7.1"), Meaning.LATER),
    (Phase.MAIL, reply(451, "4.3.0"), Meaning.LATER),
    (Phase.MAIL, reply(452, "4.3.1"), Meaning.LATER),
    (Phase.MAIL, reply(454, "4.7.0"), Meaning.LATER),
    (Phase.MAIL, reply(530, "5.7.0"), Meaning.LANE),
    (Phase.MAIL, reply(550, "5.7.1"), Meaning.LANE),
    (Phase.MAIL, reply(553, "5.1.8"), Meaning.LANE),
    (Phase.MAIL, reply(552, "5.3.4"), Meaning.BAD_CONTENT),
    (Phase.RCPT, reply(421, "4.3.2"), Meaning.LATER),
    (Phase.RCPT, reply(450, "4.2.0"), Meaning.LATER),
    (Phase.RCPT, reply(450), Meaning.LATER),
    (Phase.RCPT, reply(451, "4.7.1"), Meaning.LATER),
    (Phase.RCPT, reply(452, "4.2.2"), Meaning.LATER),
    (Phase.RCPT, reply(550, "5.1.1"), Meaning.BAD_ADDRESS),
    (Phase.RCPT, reply(550), Meaning.BAD_ADDRESS),
    (Phase.RCPT, reply(550, "5.2.1"), Meaning.BAD_ADDRESS),
    (Phase.RCPT, reply(553, "5.1.3"), Meaning.BAD_ADDRESS),
    (Phase.RCPT, reply(556, "5.1.10"), Meaning.BAD_ADDRESS),
    (Phase.RCPT, reply(552, "5.2.2"), Meaning.LATER),
    (Phase.RCPT, reply(550, "5.4.4"), Meaning.LATER),
    (Phase.RCPT, reply(530, "5.7.0"), Meaning.LANE),
    (Phase.RCPT, reply(550, "5.7.1"), Meaning.LANE),
    (Phase.RCPT, reply(554, "5.7.1"), Meaning.LANE),
    (Phase.DATA, reply(421, "4.3.2"), Meaning.LATER),
    (Phase.DATA, reply(451, "4.3.0"), Meaning.LATER),
    (Phase.DATA, reply(452, "4.3.1"), Meaning.LATER),
    (Phase.DATA, reply(554, "5.7.1"), Meaning.LANE),
    (Phase.FINAL_DOT, reply(421, "4.3.2"), Meaning.LATER),
    (Phase.FINAL_DOT, reply(450, "4.2.0"), Meaning.LATER),
    (Phase.FINAL_DOT, reply(451, "4.7.1"), Meaning.LATER),
    (Phase.FINAL_DOT, reply(452, "4.2.2"), Meaning.LATER),
    (Phase.FINAL_DOT, reply(550, "5.1.1"), Meaning.BAD_ADDRESS),
    (Phase.FINAL_DOT, reply(552, "5.2.2"), Meaning.LATER),
    (Phase.FINAL_DOT, reply(552, "5.3.4"), Meaning.BAD_CONTENT),
    (Phase.FINAL_DOT, reply(554, "5.6.0"), Meaning.BAD_CONTENT),
    (Phase.FINAL_DOT, reply(554), Meaning.BAD_CONTENT),
    (Phase.FINAL_DOT, reply(550, "5.7.1"), Meaning.LANE),
    (Phase.FINAL_DOT, reply(354), Meaning.DOUBT),
    (Phase.FINAL_DOT, accept_then_drop(), Meaning.DOUBT),
    (Phase.ACCEPTED, reply(354), Meaning.DOUBT),
)


def _break_at(phase: Phase) -> Meaning:
    if phase in {Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH}:
        return Meaning.LANE
    return Meaning.DOUBT if phase in {Phase.FINAL_DOT, Phase.ACCEPTED} else Meaning.LATER


CASES: tuple[Case, ...] = (
    *(Case(phase=phase, fault=fault, meaning=Meaning.LANE) for phase, fault in _BEFORE_THE_LETTER),
    *(Case(phase=phase, fault=fault, meaning=meaning) for phase, fault, meaning in _REPLIES),
    *(
        Case(phase=phase, fault=fault, meaning=_break_at(phase))
        for phase in Phase
        for fault in _BREAKS
    ),
)
"""Every case; a server with STARTTLS and credentials meets all its phases."""
