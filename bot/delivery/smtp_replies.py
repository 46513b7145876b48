"""What a mail server's reply, or its silence, means for a delivery: one table.

Codes are of RFC 5321 section 4.2.3, enhanced codes of RFC 3463 and its registry.
"""

import re
from enum import StrEnum

from bot.delivery.outcome import Blame, LaneFault, Later, Outcome, Refused, Sent


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


_BEFORE_LETTER = {Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH}
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")

_ACCEPTED, _PASSING, _PERMANENT = 2, 4, 5  # a code's first digit
_LOGIN_NEEDED = {530, 534, 535, 538}
_CONFUSED = {500, 502, 503, 504, 555}

_PASSES_ALL_THE_SAME = {"2.2", "4.4"}  # a full mailbox; no route for now
_QUOTA = "4.5"  # as large providers say that the account has sent its share for today
_SENDERS_OR_SERVERS = {"1.7", "1.8", "3.1", "3.2"}  # the sender's address; a server that is full
_TOO_LARGE = {"2.3", "3.4"}
_FULL_WITHOUT_DETAIL = 552


def classify_reply(phase: Phase, code: int, text: str) -> Outcome:
    """Return what a reply means; any reply but a clear yes after the final dot is read here too.

    `text` is the reply without its code; of it only an enhanced code is used.
    """
    detail = _detail(text)
    reason = _reason(phase, code, detail)
    if phase is Phase.FINAL_DOT and _kind(code) == _ACCEPTED:
        return Sent()
    if _kind(code) == _PERMANENT:
        return _permanent(phase, code, detail, reason)
    if phase.before_letter:
        return LaneFault(reason=reason)
    return Later(reason=reason, doubt=phase is Phase.FINAL_DOT and _kind(code) != _PASSING)


def classify_break(phase: Phase, kind: str) -> Outcome:
    """Return what a connection that broke or fell silent means; `kind` names how."""
    reason = f"smtp-{kind}@{phase}"
    if phase.before_letter:
        return LaneFault(reason=reason)
    return Later(reason=reason, doubt=phase is Phase.FINAL_DOT)


def _permanent(phase: Phase, code: int, detail: str, reason: str) -> Outcome:
    if phase.before_letter:
        return LaneFault(reason=reason, urgent=phase in {Phase.STARTTLS, Phase.AUTH})
    if code in _LOGIN_NEEDED:
        return LaneFault(reason=reason, urgent=True)
    if detail == _QUOTA:
        return LaneFault(reason=reason, urgent=True)
    if detail.startswith("7.") or detail in _SENDERS_OR_SERVERS:
        return LaneFault(reason=reason, urgent=True, own=phase is not Phase.MAIL)
    if (
        detail in _PASSES_ALL_THE_SAME
        or code in _CONFUSED
        or (code == _FULL_WITHOUT_DETAIL and not detail)
    ):
        return Later(reason=reason)
    if detail in _TOO_LARGE:
        return Refused(reason=reason, blame=Blame.CONTENT)
    if phase is Phase.MAIL:
        return LaneFault(reason=reason, urgent=True)
    return Refused(reason=reason, blame=_blame(phase, detail))


def _blame(phase: Phase, detail: str) -> Blame:
    of_address = phase is Phase.RCPT or detail.startswith(("1.", "2."))
    return Blame.ADDRESS if of_address else Blame.CONTENT


def _kind(code: int) -> int:
    return code // 100


def _detail(text: str) -> str:
    found = _ENHANCED.match(text.lstrip())
    return f"{found[1]}.{found[2]}" if found else ""


def _reason(phase: Phase, code: int, detail: str) -> str:
    full = f"{code}-{_kind(code)}.{detail}" if detail else str(code)
    return f"smtp-{full}@{phase}"
