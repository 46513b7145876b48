"""What a mail server's reply, or its silence, means for a delivery: one table.

Codes are of RFC 5321 section 4.2.3, enhanced codes of RFC 3463 and its registry. Where they don't
say whose fault it is, or say what isn't so, the words do (`smtp_sentences`).
"""

import re
from enum import StrEnum

from bot.delivery.outcome import Blame, Cause, Clarity, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.smtp_sentences import OPERATORS, RECIPIENTS, Says, said_in


class Phase(StrEnum):
    """How far a conversation with a mail server has come."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    FINAL_DOT = "final-dot"

    @property
    def before_letter(self) -> bool:
        """Return whether the server hasn't been told of any letter yet."""
        return self in _BEFORE_LETTER


SILENCE, DROPPED = "silence", "dropped"
"""Kinds of break: the server says nothing any more, it hangs up."""

_BEFORE_LETTER = {Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH}
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")

_ACCEPTED, _PASSING, _PERMANENT = 2, 4, 5  # a code's first digit
_LOGIN_NEEDED = {530, 534, 535, 538}
_CONFUSED = {500, 502, 503, 504, 555}

_PASSES_ALL_THE_SAME = {"2.2", "4.4"}  # a full mailbox; no route for now
_PASSING_WORDS = {Says.FULL, Says.TOO_FAST, Says.BUSY}
_OF_ALL_MAIL = {Says.QUOTA, Says.TOO_FAST}
_TOO_LARGE = {"2.3", "3.4"}
_NAMES_RECIPIENT = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"}
_FULL_WITHOUT_DETAIL = 552

_CAUSES: dict[str, Cause] = {
    "1.7": Cause.SENDER,
    "1.8": Cause.SENDER,
    "1.90": Cause.QUOTA,  # Exchange Online: the sender's recipients of the day
    "2.252": Cause.SENDER,  # Exchange Online: SendAsDenied
    "4.5": Cause.QUOTA,  # as large providers say that the account has sent its share for today
    **dict.fromkeys((f"7.{code}" for code in range(20, 28)), Cause.AUTHENTICATION),  # RFC 7372
    "7.8": Cause.LOGIN,
    "7.9": Cause.LOGIN,
}
"""Enhanced codes that are about the sender, whoever the recipient is."""


def classify_reply(phase: Phase, code: int, text: str) -> Outcome:
    """Return what a reply means; any reply but a clear yes after the final dot is read here too.

    `text` is the reply without its code. Its words are kept beside what they mean, and only there.
    """
    detail = _detail(text)
    reason = _reason(phase, code, detail)
    if phase is Phase.FINAL_DOT and _kind(code) == _ACCEPTED:
        return Sent()
    if _kind(code) == _PERMANENT:
        return _Permanent(phase, code, detail, text).outcome(reason)
    if _kind(code) == _PASSING and said_in(text) in _OF_ALL_MAIL:
        return _share_used_up(phase, reason, text)
    if phase.before_letter:
        return LaneFault(reason=reason, words=text)
    doubt = phase is Phase.FINAL_DOT and _kind(code) != _PASSING
    return Later(reason=reason, doubt=doubt, words=text)


def is_policy_for_now(code: int, text: str) -> bool:
    """Return whether a reply says 4.7.x: not now, by a rule of the server's."""
    return _kind(code) == _PASSING and _detail(text).startswith("7.")


def classify_break(phase: Phase, kind: str) -> Outcome:
    """Return what a connection that broke or fell silent means; `kind` names how.

    Servers hold back their answer to a wrong password.
    """
    reason = f"smtp-{kind}@{phase}"
    if phase.before_letter:
        held_back = phase is Phase.AUTH and kind == SILENCE
        return LaneFault(reason=reason, cause=Cause.LOGIN if held_back else Cause.UNREACHABLE)
    if phase is Phase.FINAL_DOT:
        return Later(reason=reason, doubt=True)
    return Later(reason=reason, cut_off=kind == DROPPED)


def _share_used_up(phase: Phase, reason: str, text: str) -> Outcome:
    """Return what it means that no more mail may go for now.

    Once a recipient was named that may be the word of some far server, about that one only, so it
    is judged across people as a permanent one is.
    """
    if phase.before_letter or phase is Phase.MAIL:
        return LaneFault(reason=reason, cause=Cause.QUOTA, words=text)
    return Refused(
        reason=reason,
        blame=Blame.CONTENT,
        clarity=Clarity.OPERATORS,
        cause=Cause.QUOTA,
        passes=True,
        words=text,
    )


class _Permanent:
    """A clear no, by its phase, its codes and its words."""

    def __init__(self, phase: Phase, code: int, detail: str, text: str) -> None:
        self._phase = phase
        self._code = code
        self._detail = detail
        self._text = text
        self._says = said_in(text)
        self._cause = self._find_cause()

    def outcome(self, reason: str) -> Outcome:
        """Return what it means."""
        if self._phase.before_letter:
            urgent = self._phase in {Phase.STARTTLS, Phase.AUTH} or self._says in OPERATORS
            return LaneFault(reason=reason, urgent=urgent, cause=self._cause, words=self._text)
        if self._passes:
            return Later(reason=reason, words=self._text)
        if self._phase is Phase.MAIL and self._detail not in _TOO_LARGE:
            return LaneFault(reason=reason, urgent=True, cause=self._cause, words=self._text)
        return Refused(
            reason=reason,
            blame=self._blame,
            clarity=self._clarity,
            cause=self._cause,
            words=self._text,
        )

    def _find_cause(self) -> Cause:
        if self._says in OPERATORS:
            return Cause(self._says)
        if self._code in _LOGIN_NEEDED or self._phase is Phase.AUTH:
            return Cause.LOGIN
        if self._detail in _TOO_LARGE:
            return Cause.UNKNOWN
        if self._phase is Phase.MAIL:  # it has heard of nobody but the sender
            return _CAUSES.get(self._detail, Cause.SENDER)
        if self._says in RECIPIENTS or self._detail in _NAMES_RECIPIENT:
            return Cause.RECIPIENTS
        policy = self._detail.startswith("7.")
        return _CAUSES.get(self._detail, Cause.POLICY if policy else Cause.UNKNOWN)

    @property
    def _passes(self) -> bool:
        if self._says in OPERATORS or self._detail in _CAUSES or self._code in _LOGIN_NEEDED:
            return False
        return (
            self._says in _PASSING_WORDS
            or self._detail in _PASSES_ALL_THE_SAME
            or (self._code in _CONFUSED and self._says is None)
            or (self._code == _FULL_WITHOUT_DETAIL and not self._detail and self._says is None)
        )

    @property
    def _clarity(self) -> Clarity:
        if self._cause not in {Cause.UNKNOWN, Cause.POLICY, Cause.RECIPIENTS}:
            return Clarity.OPERATORS
        clear = self._cause is Cause.RECIPIENTS or self._detail in _TOO_LARGE
        return Clarity.CLEAR if clear else Clarity.UNCLEAR

    @property
    def _blame(self) -> Blame:
        if self._detail in _TOO_LARGE:
            return Blame.CONTENT
        if self._says in RECIPIENTS or self._phase is Phase.RCPT:
            return Blame.ADDRESS
        of_address = self._detail.startswith(("1.", "2."))
        return Blame.ADDRESS if of_address else Blame.CONTENT


def _kind(code: int) -> int:
    return code // 100


def _detail(text: str) -> str:
    found = _ENHANCED.match(text.lstrip())
    return f"{found[1]}.{found[2]}" if found else ""


def _reason(phase: Phase, code: int, detail: str) -> str:
    full = f"{code}-{_kind(code)}.{detail}" if detail else str(code)
    return f"smtp-{full}@{phase}"
