"""What the Bot API's refusal, or its silence, means for a delivery: one table.

The errors are those of https://core.telegram.org/bots/api#making-requests as python-telegram-bot
raises them; what caused one tells whether the request had left.
"""

from datetime import timedelta

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

from bot.delivery.outcome import Blame, LaneFault, Later, Outcome, Refused

FLOOD = "telegram-429"
"""The reason of a wait that Telegram asked for."""

_NOBODY_THERE = ("chat not found", "user not found", "deactivated", "peer_id_invalid")
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_MOMENT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(days=1)


def classify(error: TelegramError) -> Outcome:
    """Give what an error means."""
    match error:
        case Forbidden() | BadRequest() if isinstance(error.__cause__, TelegramError):
            # No JSON: it was not Telegram that refused, but something on the way, a firewall say.
            return LaneFault(reason="telegram-walled-off")
        case RetryAfter():
            return Later(reason=FLOOD, after=_span(error.retry_after))
        case Forbidden():
            return Refused(reason="telegram-403", blame=Blame.PERSON)
        case ChatMigrated():
            # A private word must not follow its person into a group that others read.
            return Refused(reason="telegram-migrated", blame=Blame.PERSON)
        case InvalidToken():
            return LaneFault(reason="telegram-token-refused", urgent=True)
        case BadRequest():
            return _bad_request(error)
        case TimedOut() | NetworkError():
            return _network(error)
        case _:
            return Later(reason="telegram-garbled", doubt=True)


def _bad_request(error: BadRequest) -> Outcome:
    message = error.message.lower()
    if any(phrase in message for phrase in _NOBODY_THERE):
        return Refused(reason="telegram-400-nobody", blame=Blame.PERSON)
    return Refused(reason="telegram-400", blame=Blame.CONTENT)


def _network(error: NetworkError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, httpx.PoolTimeout):
        return Later(reason="telegram-busy", after=_MOMENT)
    if isinstance(cause, _NOT_SENT):
        return LaneFault(reason="telegram-unreachable")
    if isinstance(cause, httpx.HTTPError):
        return Later(reason="telegram-broken-off", doubt=True)
    return Later(reason="telegram-5xx")


def _span(retry_after: int | timedelta) -> timedelta:
    span = retry_after if isinstance(retry_after, timedelta) else timedelta(seconds=retry_after)
    return min(span, _LONGEST_WAIT)
