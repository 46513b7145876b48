"""What the Bot API's refusal, or its silence, means for a delivery."""

from datetime import timedelta

from bot.botapi.errors import Fault, Trouble
from bot.delivery.outcome import Blame, Cause, Clarity, LaneFault, Later, Outcome, Refused

_MOMENT = timedelta(seconds=1)


def outcome_of(fault: Fault) -> Outcome:
    """Return what an error, once explained, means."""
    match fault.trouble:
        case Trouble.PERSON:
            return _refused(fault, Blame.PERSON)
        case Trouble.CONTENT:
            return _refused(fault, Blame.CONTENT)
        case Trouble.TOKEN:
            return LaneFault(reason=fault.reason, urgent=True, cause=Cause.BOT_TOKEN)
        case Trouble.UNREACHABLE:
            return LaneFault(reason=fault.reason, cause=Cause.TELEGRAM)
        case Trouble.BUSY:
            return Later(reason=fault.reason, after=_MOMENT)
        case Trouble.FLOOD:
            return Later(reason=fault.reason, after=fault.after, alone=True)
        case Trouble.FAILED:
            return Later(reason=fault.reason, doubt=fault.doubt)


def _refused(fault: Fault, blame: Blame) -> Refused:
    clarity = Clarity.CLEAR if fault.clear else Clarity.UNCLEAR
    if fault.certain:
        clarity = Clarity.CERTAIN
    return Refused(reason=fault.reason, blame=blame, clarity=clarity, words=fault.words)
