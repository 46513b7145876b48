"""Letters put into the store by the dozen, all of them due."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.letters import Reminder, reminders
from bot.store import addresses, people, sealing
from bot.store.addresses import Address
from bot.store.database import Database, Transaction
from bot.store.letter_keys import Keys
from bot.store.people import Person
from bot.store.sealing import Sealing
from bot.text import Words
from tests.crash.deliveries import DAYS, Promise

ZONE = ZoneInfo("Asia/Seoul")
LONGEST_OVERDUE = timedelta(hours=3)


class DueLetters:
    """Seals letters of people who never spoke to the bot, one each."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path = path
        self._chance = chance
        self._ids: Iterator[int] = count(1)

    async def seal(
        self,
        number: int,
        known: Mapping[int, str],
        *,
        halfway: Iterable[Promise],
        keys: Keys,
        now: datetime,
    ) -> list[Promise]:
        """Seal so many letters, and let each person in `known` have confirmed that address.

        Those `halfway` are due for the first time, the others for both. All of it in one
        transaction; returns the letters once they are stored.
        """
        database = await Database.open(self._path, keys)
        try:
            async with database.transaction() as tx:
                for person_id, address in known.items():
                    await _introduce(tx, person_id, address, now)
                for promise in halfway:
                    overdue = LONGEST_OVERDUE * self._chance.random()
                    sealed_at = now - overdue - timedelta(days=DAYS[0])
                    days = reminders(sealed_at, DAYS, ZONE)
                    await _seal(tx, promise, next(self._ids), sealed_at, days)
                return [await self._seal_ended(tx, next(self._ids), now) for _ in range(number)]
        finally:
            await database.close()

    async def _seal_ended(self, tx: Transaction, number: int, now: datetime) -> Promise:
        promise = Promise(
            person_id=number,
            address=f"reader{number}@example.com",
            words=f"Due letter {number}.\nKeep going.",
        )
        overdue = LONGEST_OVERDUE * self._chance.random()
        days = [Reminder(day=day, due_at=now - overdue) for day in DAYS]
        await _seal(tx, promise, number, now - timedelta(days=max(DAYS)), days)
        return promise


async def _seal(
    tx: Transaction,
    promise: Promise,
    number: int,
    sealed_at: datetime,
    days: Sequence[Reminder],
) -> None:
    """Seal a letter; `number` is no other's."""
    person, address = await _introduce(tx, promise.person_id, promise.address, sealed_at)
    letter = Sealing(
        person=person,
        chat_id=promise.person_id,
        message_id=number,
        update_id=-number,
        words=Words(promise.words),
        address=address,
        sealed_at=sealed_at,
    )
    await sealing.seal(tx, letter, days)


async def _introduce(
    tx: Transaction, person_id: int, address: str, now: datetime
) -> tuple[Person, Address]:
    person = await people.upsert_person(tx, person_id, language="en", zone=ZONE, now=now)
    used = await addresses.use(tx, person_id, address, now)
    await addresses.note_confirmed(tx, used.id, now)
    return person, replace(used, confirmed=True)
