"""What a delivery says in the chat."""

from dataclasses import dataclass
from datetime import datetime

from bot import callbacks
from bot.botapi.buttons import Button
from bot.callbacks import Press
from bot.delivery.lateness import days_ago, is_late
from bot.letters import Delivery, Kind, Letter
from bot.locales import Catalog
from bot.text import Words

_ADDRESS_WANTED = {Kind.ADDRESS_REFUSED, Kind.ADDRESS_STOPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A chat message: its parts in order, and the buttons under the last."""

    parts: tuple[Words, ...]
    buttons: tuple[Button, ...] = ()


def note(delivery: Delivery, catalog: Catalog, now: datetime) -> Note:
    """Return what a chat delivery says. Raises KeyError for a kind that has no chat message."""
    if delivery.kind is Kind.REMINDER:
        return _reminder(delivery, catalog, now)
    text = catalog.say(delivery.kind.value, address=delivery.address, **delivery.params)
    return Note(parts=(Words(text),), buttons=_buttons(delivery, catalog))


def _reminder(delivery: Delivery, catalog: Catalog, now: datetime) -> Note:
    letter, day = delivery.letter, delivery.day
    if letter is None or day is None:
        raise ValueError("a reminder without its letter")
    words = Words(_opening(delivery, letter, day, catalog, now)).followed_by(letter.words, "\n\n")
    if delivery.doubts:
        words = words.followed_by(Words(catalog.say("reminder-maybe-again")), "\n\n")
    if delivery.last:
        words = words.followed_by(Words(catalog.say("reminder-last")), "\n\n")
    return Note(parts=tuple(words.pieces()), buttons=_buttons(delivery, catalog))


def _opening(delivery: Delivery, letter: Letter, day: int, catalog: Catalog, now: datetime) -> str:
    sealed = catalog.date(letter.sealed_at, letter.zone)
    days = days_ago(day, delivery.due_at, now)
    lines = [catalog.count("reminder-opening", days, date=sealed)]
    if is_late(delivery.due_at, now):
        due = catalog.date_and_time(delivery.due_at, letter.zone)
        lines.append(catalog.say("reminder-late", due=due))
    return "\n".join(lines)


def _buttons(delivery: Delivery, catalog: Catalog) -> tuple[Button, ...]:
    if delivery.kind is Kind.REMINDER and delivery.last:
        return (
            Button(catalog.say("button-keep"), callbacks.keep_letter(delivery.token)),
            Button(catalog.say("button-let-go"), callbacks.let_letter_go(delivery.token)),
        )
    if delivery.kind is Kind.NOTE_IN_DOUBT:
        return (
            Button(catalog.say("button-show"), callbacks.show_letter(delivery.params["token"])),
        )
    if delivery.kind is Kind.DRAFT_RESTING:
        return (Button(catalog.say("button-go-on"), Press.GO_ON.value),)
    if delivery.kind in _ADDRESS_WANTED and delivery.address_id is not None:
        data = callbacks.change_address(delivery.address_id)
        return (Button(catalog.say("button-change-address"), data),)
    return ()
