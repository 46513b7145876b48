"""Letters sealed without a conversation: one, a few, a crowd."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.drafts import Part
from bot.letters import Channel, reminders
from bot.messages.draft_resting import DraftResting
from bot.store import addresses, people, sealing
from bot.store.database import Database, Transaction
from bot.store.deliveries import Delivery, Recipient
from bot.store.letter_cells import words_kept
from bot.store.owners import key_of_letter
from bot.store.sealing import Sealing
from bot.text import Words
from tests.support.clock import A_MORNING

SEOUL = ZoneInfo("Asia/Seoul")
WORDS = "매일 아침 달리기"
DAY_7 = timedelta(days=7)
DAYS = (7, 30)

A_DELIVERY = Delivery(
    id=1,
    channel=Channel.CHAT,
    message=DraftResting(),
    person=Recipient(id=5, language="ko", zone=SEOUL, hour=None, blocked=False),
    mail_to=None,
    due_at=A_MORNING + DAY_7,
    token="t",
    attempt=1,
    failures=0,
    doubts=0,
    parts_sent=0,
)
"""A claimed delivery."""


async def seal(
    tx: Transaction,
    person_id: int,
    *,
    words: Words,
    sealed_at: datetime,
    days: tuple[int, ...] = (7,),
    language: str = "en",
    number: int | None = None,
) -> None:
    """Seal a letter of `person<id>@example.com`, an address that is confirmed.

    `number`: the id of the message that brought it, by default how many letters there are.
    """
    person = await people.upsert_person(tx, person_id, language=language, zone=SEOUL, now=sealed_at)
    used = await addresses.use(tx, person_id, f"person{person_id}@example.com", sealed_at)
    await addresses.note_confirmed(tx, used.id, sealed_at)
    if number is None:
        [row] = await tx.all("SELECT count(*) AS number FROM letters")
        number = row["number"]
    letter = Sealing(
        person=person,
        chat_id=person_id,
        message_id=number,
        update_id=number,
        words=words,
        address=replace(used, confirmed=True),
        sealed_at=sealed_at,
        parts=(Part(message_id=number, sent_at=sealed_at, words=words),),
    )
    await sealing.seal(tx, letter, reminders(sealed_at, days, SEOUL))


async def seal_letter(
    tx: Transaction, clock: Clock, *, number: int = 1, person_id: int = 1, text: str = "run"
) -> None:
    """Seal a letter now, with reminders on the usual days."""
    words, sealed_at = Words(text), clock.now()
    await seal(tx, person_id, words=words, sealed_at=sealed_at, days=DAYS, number=number)


async def seal_letters(database: Database, clock: Clock, count: int) -> None:
    """Seal so many letters of as many people."""
    async with database.transaction() as tx:
        for number in range(1, count + 1):
            await seal_letter(tx, clock, number=number, person_id=number)


async def seal_many(tx: Transaction, number: int, *, sealed_at: datetime) -> None:
    """Seal a letter each of so many people, with a reminder on its seventh day."""
    for person_id in range(1, number + 1):
        await seal(tx, person_id, words=Words(WORDS), sealed_at=sealed_at)


_CROWD = (
    """
    INSERT INTO people (id, language, zone, met_at)
    SELECT value, language, zone, met_at FROM json_each(:ids), people WHERE people.id = 1
    """,
    """
    INSERT INTO addresses (id, person_id, address, exact_key, mailbox_key, legacy_key, wide_key,
        domain_key, used_at, confirmed_at)
    SELECT value, value, '', exact_key, mailbox_key, legacy_key, wide_key, domain_key, used_at,
        confirmed_at
    FROM json_each(:ids), addresses WHERE addresses.id = 1
    """,
    """
    INSERT INTO letters (id, person_id, chat_id, message_id, update_id, text, entities,
        address_id, zone, sealed_at, key_id)
    SELECT value, value, value, value, value, '', '', value, zone, sealed_at, key_id
    FROM json_each(:ids), letters WHERE letters.id = 1
    """,
    """
    INSERT INTO deliveries (key, kind, channel, person_id, letter_id, day, due_at, next_at,
        token, state)
    SELECT d.key || ':' || value, kind, channel, value, value, day, due_at, next_at,
        lower(hex(randomblob(16))), state
    FROM json_each(:ids), deliveries d WHERE letter_id = 1
    """,
)


async def seal_crowd(tx: Transaction, number: int, *, sealed_at: datetime) -> None:
    """Do as `seal_many` in a store without letters, quickly; all mail goes to one address."""
    await seal(tx, 1, words=Words(WORDS), sealed_at=sealed_at)
    for sql in _CROWD:
        await tx.run(sql, ids=json.dumps(list(range(2, number + 1))))
    key_id, [own] = await key_of_letter(tx, 1), await addresses.usable(tx, 1, limit=1)
    for letter_id in range(2, number + 1):
        cell = addresses.cell_of(letter_id, letter_id)
        await tx.run(
            "UPDATE addresses SET address = :address WHERE id = :id",
            id=letter_id,
            address=tx.vault.encrypt(key_id, cell, own.address),
        )
        await tx.run(
            "UPDATE letters SET text = :text, entities = :entities WHERE id = :id",
            id=letter_id,
            **words_kept(tx.vault, key_id, (letter_id, letter_id), Words(WORDS)),
        )
