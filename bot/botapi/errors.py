"""What the Bot API's refusal, or its silence, means: one table for replies and reminders.

The errors are those of https://core.telegram.org/bots/api#making-requests as python-telegram-bot
raises them; what caused one tells whether the request had left.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)


class Trouble(StrEnum):
    """What kept a message from being sent."""

    FLOOD = "flood"
    """Telegram asked to wait."""
    PERSON = "person"
    """Nobody is there for this bot any more, or not for now: blocked, deleted, moved."""
    CONTENT = "content"
    """Telegram never takes this message."""
    TOKEN = "token"  # noqa: S105 - a kind of trouble
    """Telegram doesn't know the bot."""
    UNREACHABLE = "unreachable"
    """Nothing gets as far as Telegram."""
    BUSY = "busy"
    """All connections are in use."""
    FAILED = "failed"
    """Telegram failed, and may have taken the message only if there is a doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error explained. `doubt`: the message may have arrived all the same.

    `reason` is a short name for logs and the store; `after` is how long Telegram asked to wait.
    `certain`: it can't be meant otherwise; `clear`: its words name the person, unless Telegram is
    wrong about everybody. `words` are Telegram's own, and belong in no log.
    """

    trouble: Trouble
    reason: str
    after: timedelta | None = None
    doubt: bool = False
    certain: bool = False
    clear: bool = False
    words: str = field(default="", repr=False, compare=False)


_NOBODY_THERE = ("chat not found", "user not found", "deactivated", "peer_id_invalid")
_GONE = (
    "bot was blocked by the user", "user is deactivated", "can't initiate conversation",
    "can't send messages to bots",
)  # fmt: skip
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_NOT_EDITABLE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "no text in the message to edit",
)
_TOO_LARGE = "too large"  # of a 413's description
_LONGEST_WAIT = timedelta(days=1)


def explain(error: TelegramError) -> Fault:
    """Return what an error means."""
    match error:
        case Forbidden() | BadRequest() if isinstance(error.__cause__, TelegramError):
            # No JSON: it was not Telegram that refused, but something on the way, a firewall say.
            return Fault(trouble=Trouble.UNREACHABLE, reason="telegram-walled-off")
        case RetryAfter():
            after = _span(error.retry_after)
            return Fault(trouble=Trouble.FLOOD, reason="telegram-429", after=after)
        case Forbidden():
            return _forbidden(error)
        case ChatMigrated():
            # A private word must not follow its person into a group that others read.
            return Fault(trouble=Trouble.PERSON, reason="telegram-migrated", certain=True)
        case InvalidToken():
            return Fault(trouble=Trouble.TOKEN, reason="telegram-token-refused")
        case BadRequest():
            return _bad_request(error)
        case TimedOut() | NetworkError():
            return _network(error)
        case _:
            return Fault(trouble=Trouble.FAILED, reason="telegram-garbled", doubt=True)


def refuses_formatting(error: BadRequest) -> bool:
    """Return whether Telegram stumbled over a message's entities, and not over its text."""
    return "entit" in error.message.lower()


def is_as_it_was(error: BadRequest) -> bool:
    """Return whether an edit is refused because it would change nothing."""
    return "message is not modified" in error.message.lower()


def can_not_be_edited(error: BadRequest) -> bool:
    """Return whether the message to be edited is gone, or is none that can be."""
    return any(phrase in error.message.lower() for phrase in _NOT_EDITABLE)


def _forbidden(error: Forbidden) -> Fault:
    """Return what a 403 means; in other words than the known ones it may be meant for everybody."""
    certain = any(phrase in error.message.lower() for phrase in _GONE)
    words = error.message
    return Fault(trouble=Trouble.PERSON, reason="telegram-403", certain=certain, words=words)


def _bad_request(error: BadRequest) -> Fault:
    message = error.message.lower()
    if any(phrase in message for phrase in _NOBODY_THERE):
        reason, words = "telegram-400-nobody", error.message
        return Fault(trouble=Trouble.PERSON, reason=reason, clear=True, words=words)
    return Fault(trouble=Trouble.CONTENT, reason="telegram-400", words=error.message)


def _network(error: NetworkError) -> Fault:
    cause = error.__cause__
    if isinstance(cause, httpx.PoolTimeout):
        return Fault(trouble=Trouble.BUSY, reason="telegram-busy")
    if isinstance(cause, _NOT_SENT):
        return Fault(trouble=Trouble.UNREACHABLE, reason="telegram-unreachable")
    if _TOO_LARGE in error.message.lower():
        return Fault(trouble=Trouble.CONTENT, reason="telegram-413")
    if isinstance(cause, httpx.HTTPError):
        return Fault(trouble=Trouble.FAILED, reason="telegram-broken-off", doubt=True)
    return Fault(trouble=Trouble.FAILED, reason="telegram-5xx")


def _span(retry_after: int | timedelta) -> timedelta:
    span = retry_after if isinstance(retry_after, timedelta) else timedelta(seconds=retry_after)
    return min(span, _LONGEST_WAIT)
