"""Which letter a person speaks of when one came back: by the message they reply to, or the newest.

Kept for that are the bot's messages that brought a letter back.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from bot.messages.reminder import ReminderMessage
from bot.store.answers import Occasion
from bot.store.database import Session, Transaction, to_text

_NEWEST = """
SELECT letter_id, day FROM (
    SELECT letter_id, day, sent_at AS moment FROM deliveries
    WHERE person_id = :person AND kind = 'reminder' AND state = 'sent' AND sent_at > :since
    UNION ALL
    SELECT letter_id, day, said_at FROM answers WHERE person_id = :person AND said_at > :since
) JOIN letters l ON l.id = letter_id WHERE l.burned_at IS NULL
ORDER BY moment DESC, letter_id DESC LIMIT 1
"""


def occasion_of(message: ReminderMessage) -> Occasion:
    """Return the occasion on which a reminder goes out."""
    letter = message.letter
    return Occasion(person_id=letter.person_id, letter_id=letter.id, day=message.day)


async def note_messages(tx: Transaction, occasion: Occasion, message_ids: Iterable[int]) -> None:
    """Note that these messages brought a letter back."""
    for message_id in message_ids:
        await tx.run(
            "INSERT INTO reminder_messages (chat_id, message_id, letter_id, day)"
            " VALUES (:chat, :message, :letter, :day) ON CONFLICT DO NOTHING",
            chat=occasion.person_id,
            message=message_id,
            letter=occasion.letter_id,
            day=occasion.day,
        )


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return the messages that brought a person's letters back, in their order."""
    return await session.all(
        "SELECT * FROM reminder_messages WHERE chat_id = :chat ORDER BY message_id", chat=person_id
    )


async def brought_by(session: Session, person_id: int, message_id: int) -> Occasion | None:
    """Return the occasion on which that message of the bot's brought a letter still kept."""
    row = await session.one(
        "SELECT letter_id, day FROM reminder_messages m JOIN letters l ON l.id = m.letter_id"
        " WHERE m.chat_id = :chat AND m.message_id = :message AND l.burned_at IS NULL",
        chat=person_id,
        message=message_id,
    )
    return Occasion(person_id=person_id, **dict(row)) if row else None


async def newest(session: Session, person_id: int, since: datetime) -> Occasion | None:
    """Return the occasion that a person answered last, or had last, since a moment."""
    row = await session.one(_NEWEST, person=person_id, since=to_text(since))
    return Occasion(person_id=person_id, **dict(row)) if row else None
