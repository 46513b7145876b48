"""What a refusal is taken for once it is judged, and what the operator hears of it."""

from datetime import timedelta

from bot.clock import Clock
from bot.delivery.health import Alarm, Health
from bot.delivery.judging import Judge, Verdict, patience_for
from bot.delivery.outcome import Cause, Clarity, LaneFault, Later, Refused, Unjudged
from bot.delivery.retry import RetryPolicy
from bot.delivery.server_words import shown
from bot.letters import Channel
from bot.messages.message import Note
from bot.messages.operator_notes import (
    LaneDown,
    LaneMended,
    LaneStalled,
    LetterGivenUp,
    LetterRefused,
)
from bot.store.deliveries import Delivery

_LET_OTHERS_FIRST = timedelta(seconds=15)
"""By how much those who were refused wait longer than their lane: somebody else may get through."""

_AT_ONCE = timedelta()


class Refusals:
    """Judges the refusals of a lane. A lane that refuses everybody stands still."""

    def __init__(
        self, channel: Channel, *, clock: Clock, health: Health, policy: RetryPolicy, alarm: Alarm
    ) -> None:
        self.judge = Judge(clock)
        self._channel = channel
        self._health = health
        self._patience = patience_for(policy)
        self._alarm = alarm

    def judged(
        self, delivery: Delivery, refused: Refused, begun: int
    ) -> tuple[Refused | Unjudged, Note | None]:
        """Return what a refusal is taken for, with a word to the operator if it is time for one."""
        ruling = self.judge.refused(delivery, refused, begun)
        outcome: Unjudged
        news: Note | None
        match ruling.verdict:
            case Verdict.BELIEVED:
                return refused, self._mended(told=self._health.success())
            case Verdict.EVERYBODY:
                outcome, news = self._of_everybody(delivery, refused, tell=ruling.tell)
            case _:
                outcome, news = self._of_one(delivery, refused, tell=ruling.tell)
        return outcome, letter_given_up(delivery, refused) if outcome.wait is None else news

    def _of_one(
        self, delivery: Delivery, refused: Refused, *, tell: bool
    ) -> tuple[Unjudged, LetterRefused | LaneMended | None]:
        mended = self._mended(told=self._health.reached())
        news = letter_refused(delivery, refused) if tell else mended
        return self._unjudged(delivery, refused), news

    def _of_everybody(
        self, delivery: Delivery, refused: Refused, *, tell: bool
    ) -> tuple[Unjudged, LaneDown | None]:
        fault = LaneFault(reason=refused.reason, cause=refused.cause, words=refused.words)
        pause = self._health.fault(fault, refuses=True)
        self._alarm.set(pause)
        outcome = self._unjudged(delivery, refused, pause + _LET_OTHERS_FIRST)
        if not (tell or self._health.should_tell(fault)):
            return outcome, None
        self._health.note_told()
        return outcome, lane_down(delivery, fault)

    def _unjudged(
        self, delivery: Delivery, refused: Refused, pause: timedelta | None = None
    ) -> Unjudged:
        """Return how a refusal waits; at least for a `pause`, if its lane stands still so long.

        It comes to an end, also while all are refused: the server may have nothing to mend. Then
        they are tried in turn, one after each of the lane's pauses, so that each waits as long for
        its turn as it would by itself. Where it is no fault of theirs, the wait is no longer than
        the pause: they go on as soon as it is mended.
        """
        wait = self._patience.wait(delivery.unjudged + 1)
        if wait is not None and pause is not None:
            wait = max(wait, pause) if refused.clarity is Clarity.CLEAR else pause
        return Unjudged(reason=refused.reason, wait=wait, parts_sent=refused.parts_sent)

    def _mended(self, *, told: bool) -> LaneMended | None:
        return LaneMended(channel=self._channel.value) if told else None


def lane_down(delivery: Delivery, fault: LaneFault) -> LaneDown:
    """Return the note that a lane stands still, since that delivery met a fault."""
    return LaneDown(
        channel=delivery.channel.value,
        reason=fault.reason,
        cause=fault.cause.value,
        words=_shown(fault.words, delivery),
    )


def lane_stalled(delivery: Delivery, put_off: Later) -> LaneStalled:
    """Return the note that a lane gets nothing through, for all is put off as that delivery is."""
    return LaneStalled(
        channel=delivery.channel.value,
        reason=put_off.reason,
        cause=_cause_of(delivery, put_off).value,
        words=_shown(put_off.words, delivery),
    )


def letter_refused(delivery: Delivery, refused: Refused) -> LetterRefused:
    """Return the note that one delivery is refused, and that nobody can tell why for certain."""
    return LetterRefused(
        channel=delivery.channel.value,
        reason=refused.reason,
        cause=refused.cause.value,
        words=_shown(refused.words, delivery),
    )


def letter_given_up(delivery: Delivery, refused: Refused) -> LetterGivenUp:
    """Return the note that a delivery isn't tried any more, whosever fault its refusal is."""
    return LetterGivenUp(
        channel=delivery.channel.value,
        reason=refused.reason,
        cause=refused.cause.value,
        words=_shown(refused.words, delivery),
    )


def _cause_of(delivery: Delivery, put_off: Later) -> Cause:
    if delivery.channel is Channel.CHAT:
        return Cause.TELEGRAM
    if put_off.words:
        return Cause.UNKNOWN
    return Cause.SILENT if put_off.doubt else Cause.UNREACHABLE


def _shown(words: str, delivery: Delivery) -> str:
    return shown(words, delivery.mail_to.address if delivery.mail_to else None)
