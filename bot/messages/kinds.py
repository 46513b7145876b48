"""All kinds of messages, by their names in the outbox."""

from bot.messages.address_unconfirmed import AddressUnconfirmed, MailNotSent
from bot.messages.address_wanted import AddressRefused, AddressStopped
from bot.messages.confirmation import Confirmation
from bot.messages.draft_resting import DraftResting
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.messages.message import Kept, Message
from bot.messages.note_in_doubt import NoteInDoubt
from bot.messages.operator_notes import (
    Flood,
    LaneDown,
    LaneMended,
    LaneStalled,
    LetterGivenUp,
    LetterRefused,
    LettersUnreadable,
    Report,
    UpdatePutAside,
)
from bot.messages.reminder import ReminderMessage
from bot.messages.suppression_notice import SuppressionNotice

KINDS: dict[str, type[Message]] = {
    each.kind: each
    for each in (
        ReminderMessage,
        Confirmation,
        SuppressionNotice,
        DraftResting,
        AddressRefused,
        AddressStopped,
        AddressUnconfirmed,
        MailNotSent,
        MailGivenUp,
        MailInDoubt,
        NoteInDoubt,
        Flood,
        UpdatePutAside,
        LaneDown,
        LaneMended,
        LaneStalled,
        LetterRefused,
        LetterGivenUp,
        LettersUnreadable,
        Report,
    )
}


def read(kind: str, kept: Kept) -> Message:
    """Return a message from the outbox. Raises ValueError or LookupError for a damaged one."""
    return KINDS[kind].read(kept)
