"""A sealed letter is taken back while it can be changed, and put back if that was a slip.

Its words are erased at once where letters are kept; until it is put back, or a day has passed
without a word, they are held with what its person writes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from bot.botapi.buttons import PressWith
from bot.chat import asking, changing, confirmation, drafting, prompts, sealed
from bot.chat.changeable import on_press
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.sealing import seal
from bot.dates import last_day
from bot.drafts import Draft, Part
from bot.letters import Postscript
from bot.store import addresses, changes, drafts, letter_list, letters, postscripts, slots
from bot.store.changes import Changeable
from bot.store.letters import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """How a letter is put back: what began it, its address if it has one, and its days."""

    message_id: int
    address_id: int | None
    days: tuple[int, ...]

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return what `str` made."""
        message_id, address_id, days = payload.split(":")
        return cls(
            message_id=int(message_id),
            address_id=int(address_id) or None,
            days=tuple(map(int, days.split("."))),
        )

    def __str__(self) -> str:
        """Return it as a button carries it."""
        days = ".".join(map(str, self.days))
        return f"{self.message_id}:{self.address_id or 0}:{days}"


_DAYS = "[1-9][0-9]{0,3}(?:[.][1-9][0-9]{0,3}){0,4}"
PUT_BACK = PressWith(
    "sealed:back:", f"[0-9]{{1,10}}:[0-9]{{1,10}}:{_DAYS}", WayBack.read, "button-put-back"
)


@on_press(sealed.TAKE_BACK)
async def take_back(exchange: Exchange, letter: Changeable) -> None:
    """Take the letter back: it doesn't come, and its words are erased unless it is put back."""
    found = await letters.sealed_from(exchange.tx, exchange.person_id, letter.message_id)
    own = await letter_list.numbered(exchange.tx, exchange.person_id, letter.id)
    await letters.erase_text(exchange.tx, letter.id, exchange.now)
    await confirmation.end_unused(exchange, letter.address_id)
    await changing.stop_changing(exchange, letter)
    place, catalog = sealed.slot_of(letter.message_id), exchange.catalog
    if found and await _holds(exchange, letter, own.postscripts if own else ()):
        button = PUT_BACK.button(catalog, _way_back(found))
        exchange.reply(catalog.say("taken-back"), [button], slot=place, closes=True)
    else:
        exchange.reply(catalog.say("taken-back-erased"), slot=place, closes=True)


async def put_back(exchange: Exchange) -> None:
    """Seal a letter that was taken back anew, to the address that it had and on its days."""
    tx, way = exchange.tx, PUT_BACK.read(exchange.payload)
    draft = await drafts.draft_of(tx, exchange.person_id)
    held = [part for part in draft.taken_back if part.of_letter == way.message_id] if draft else []
    if draft is None or not held or not _can_come(exchange, way):
        prompts.say_stale(exchange)
        return
    await changes.make_way(tx, exchange.person_id, way.message_id)
    await slots.put(
        tx, exchange.person_id, sealed.slot_of(way.message_id), exchange.message.message_id
    )
    if await _seal(exchange, way, held):
        await _go_on(exchange, replace(draft, parts=_but(draft, way.message_id)))


async def _seal(exchange: Exchange, way: WayBack, held: Sequence[Part]) -> bool:
    """Seal what is held of a letter; returns whether there was room for it."""
    tx, person_id = exchange.tx, exchange.person_id
    words = tuple(replace(e, held=False, of_letter=0) for e in held if not e.added)
    letter = Draft(person_id=person_id, parts=words)
    address = await addresses.get(tx, way.address_id or 0, owner=person_id)
    await seal(exchange, letter, address.address if address else None, way.days)
    found = await letters.sealed_from(tx, person_id, way.message_id)
    if found is None:
        return False
    for part in held:
        if part.added:
            await postscripts.add(tx, found.letter.id, part.message_id, part.words, part.sent_at)
    return True


async def _go_on(exchange: Exchange, draft: Draft) -> None:
    """Keep the rest of a draft, and go on with the letter in it if there is one."""
    if draft.parts:
        await drafting.keep(exchange, draft)
    else:
        await drafts.discard(exchange.tx, exchange.person_id)
    if draft.taken and not draft.resting:
        await asking.ask_for_step(exchange, draft)


async def _holds(exchange: Exchange, letter: Changeable, added: Iterable[Postscript]) -> bool:
    """Hold a letter's messages, and those of its postscripts, with what its person writes.

    Returns whether there is room for them.
    """
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    draft = draft or Draft(person_id=exchange.person_id, resting=True)
    parts = (*letter.draft.parts, *map(_part_of, added))
    held = (replace(part, held=True, of_letter=letter.message_id) for part in parts)
    holding = replace(draft, parts=(*draft.parts, *held))
    await drafting.keep(exchange, holding)
    return holding.within_limit() == holding


def _part_of(added: Postscript) -> Part:
    return Part(message_id=added.message_id, sent_at=added.added_at, words=added.words, added=True)


def _but(draft: Draft, message_id: int) -> tuple[Part, ...]:
    return tuple(part for part in draft.parts if part.of_letter != message_id)


def _way_back(letter: Sealed) -> WayBack:
    return WayBack(
        message_id=letter.message_id,
        address_id=letter.address.id if letter.address else None,
        days=tuple(each.day for each in letter.reminders),
    )


def _can_come(exchange: Exchange, way: WayBack) -> bool:
    """Return whether a letter may come on the days that a button names."""
    today = exchange.now.date()
    return today + timedelta(days=max(way.days)) <= last_day(today)


FEATURE = Feature(presses={sealed.TAKE_BACK: take_back, PUT_BACK: put_back})
