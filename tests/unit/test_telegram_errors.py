"""What the Bot API's errors mean, as a table (https://core.telegram.org/bots/api)."""

from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.warnings import PTBDeprecationWarning

from bot.botapi.errors import explain
from bot.delivery.outcome import Blame, Cause, Clarity, LaneFault, Later, Outcome, Refused
from bot.delivery.telegram_errors import outcome_of

NOBODY = Refused(reason="telegram-400-nobody", blame=Blame.PERSON, clarity=Clarity.CLEAR)
BLOCKED = Refused(reason="telegram-403", blame=Blame.PERSON, clarity=Clarity.CERTAIN)
FORBIDDEN = Refused(reason="telegram-403", blame=Blame.PERSON)
UNREACHABLE = LaneFault(reason="telegram-unreachable", cause=Cause.TELEGRAM)
REFUSED = LaneFault(reason="telegram-token-refused", urgent=True, cause=Cause.BOT_TOKEN)
BROKEN_OFF = Later(reason="telegram-broken-off", doubt=True)


def meaning(error: TelegramError) -> Outcome:
    return outcome_of(explain(error))


def caused(error: NetworkError, cause: Exception) -> NetworkError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryAfter(31), Later(reason="telegram-429", after=timedelta(seconds=31), alone=True)),
        (
            RetryAfter(timedelta(minutes=5)),
            Later(reason="telegram-429", after=timedelta(minutes=5), alone=True),
        ),
        (Forbidden("Forbidden: bot was blocked by the user"), BLOCKED),
        (Forbidden("Forbidden: user is deactivated"), BLOCKED),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), BLOCKED),
        (Forbidden("Forbidden: bot can't send messages to bots"), BLOCKED),
        (Forbidden("Forbidden: bots of this account are frozen"), FORBIDDEN),
        (
            ChatMigrated(-100123),
            Refused(reason="telegram-migrated", blame=Blame.PERSON, clarity=Clarity.CERTAIN),
        ),
        (InvalidToken(), REFUSED),
        (BadRequest("Chat not found"), NOBODY),
        (BadRequest("User not found"), NOBODY),
        (BadRequest("PEER_ID_INVALID"), NOBODY),
        (BadRequest("user is DEACTIVATED"), NOBODY),
        (
            BadRequest("Can't parse entities"),
            Refused(reason="telegram-400", blame=Blame.CONTENT),
        ),
        (
            BadRequest("message is too long"),
            Refused(reason="telegram-400", blame=Blame.CONTENT),
        ),
        (NetworkError("Bad Gateway"), Later(reason="telegram-5xx")),
        (NetworkError("Internal Server Error (500)"), Later(reason="telegram-5xx")),
        (TimedOut(), Later(reason="telegram-5xx")),
        (caused(TimedOut(), httpx.ConnectTimeout("slow")), UNREACHABLE),
        (caused(NetworkError("x"), httpx.ConnectError("refused")), UNREACHABLE),
        (caused(NetworkError("x"), httpx.ProxyError("no")), UNREACHABLE),
        (caused(NetworkError("x"), httpx.UnsupportedProtocol("no")), UNREACHABLE),
        (
            caused(TimedOut(), httpx.PoolTimeout("busy")),
            Later(reason="telegram-busy", after=timedelta(seconds=1)),
        ),
        (caused(TimedOut(), httpx.ReadTimeout("slow")), BROKEN_OFF),
        (caused(TimedOut(), httpx.WriteTimeout("slow")), BROKEN_OFF),
        (caused(NetworkError("x"), httpx.ReadError("gone")), BROKEN_OFF),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("gone")), BROKEN_OFF),
        (caused(NetworkError("x"), ValueError("html")), Later(reason="telegram-5xx")),
        (
            TelegramError("Invalid server response"),
            Later(reason="telegram-garbled", doubt=True),
        ),
        (Conflict("another one polls"), Later(reason="telegram-garbled", doubt=True)),
        (EndPointNotFound("x"), Later(reason="telegram-garbled", doubt=True)),
    ],
    ids=lambda value: f"{type(value).__name__}",
)
def test_an_error_means(error: TelegramError, expected: Outcome) -> None:
    assert meaning(error) == expected


def test_a_pause_beyond_all_reason_is_a_day() -> None:
    after = timedelta(days=1)
    assert meaning(RetryAfter(10**12)) == Later(reason="telegram-429", after=after, alone=True)


def test_a_pause_told_in_plain_seconds_is_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "false")
    with pytest.warns(PTBDeprecationWarning, match="retry_after"):
        assert meaning(RetryAfter(31)) == Later(
            reason="telegram-429", after=timedelta(seconds=31), alone=True
        )
