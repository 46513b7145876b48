"""How an attempt to deliver can end."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.store import outbox

STOPPED = outbox.STOPPED
"""The reason of a refusal that is ours: the address's holder wants no mail."""


class Blame(StrEnum):
    """Whose fault a permanent refusal is."""

    ADDRESS = "address"
    PERSON = "person"
    CONTENT = "content"


class Clarity(StrEnum):
    """How far a refusal's words say whose fault it is."""

    CERTAIN = "certain"
    """There is nothing to judge: it is a refusal of ours, or one that can't be meant otherwise."""
    CLEAR = "clear"
    """The words name the recipient or the letter, but a broken server says them of everybody."""
    UNCLEAR = "unclear"
    OPERATORS = "operators"
    """The words name what only the operator can mend, whomever they are said of."""


class Cause(StrEnum):
    """What the operator has to mend; the value ends the name of the message that says how."""

    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    ENCRYPTION = "encryption"
    LOGIN = "login"
    TOKEN_FILE = "token-file"  # noqa: S105 - a cause
    SENDER = "sender"
    PAUSED = "paused"
    QUOTA = "quota"
    RELAY = "relay"
    AUTHENTICATION = "authentication"
    BLOCKLIST = "blocklist"
    POLICY = "policy"
    RECIPIENTS = "recipients"
    SILENT = "silent"
    TELEGRAM = "telegram"
    BOT_TOKEN = "bot-token"  # noqa: S105 - a cause
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It arrived: the far end said so. `messages` are the chat's messages that say it."""

    messages: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """It didn't go now. `doubt`: it may have arrived all the same.

    `after` is the far end's own word on when to try again, `alone`: of this delivery, and not of
    the channel. `cut_off`: the far end hung up before it could have taken anything, as one that is
    started anew does. `words` are the far end's own and belong in no log, `parts_sent` counts the
    messages of a long delivery that did arrive.
    """

    reason: str
    after: timedelta | None = None
    alone: bool = False
    cut_off: bool = False
    doubt: bool = False
    words: str = field(default="", repr=False, compare=False)
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The far end won't take it, and said so of this recipient or letter; `blame`: whose fault.

    Until it is judged, that is what it looks like: `clarity` tells how much is to be judged, and
    `words` are the far end's own. They may quote an address, and belong in no log.
    `passes`: it said that it will take it one day. `parts_sent` as in `Later`.
    """

    reason: str
    blame: Blame
    clarity: Clarity = Clarity.UNCLEAR
    cause: Cause = Cause.UNKNOWN
    passes: bool = False
    words: str = field(default="", repr=False, compare=False)
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """It was refused, and nobody can tell yet whose fault that is; it uses up no tries.

    `wait` is when to try again, None for not any more.
    """

    reason: str
    wait: timedelta | None
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFault:
    """Nothing goes on this channel for now; it uses up no delivery's tries.

    `urgent`: only the operator can mend it. `words` as in `Refused`, `parts_sent` as in `Later`.
    """

    reason: str
    urgent: bool = False
    cause: Cause = Cause.UNKNOWN
    words: str = field(default="", repr=False, compare=False)
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """The attempt was no longer ours, so nothing was sent."""


Outcome = Sent | Later | Refused | Unjudged | LaneFault | Abandoned
