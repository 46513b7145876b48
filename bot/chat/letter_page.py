"""One of a person's letters, in the place of the list: how it stands, its words, and deleting it.

A letter that is still on its way shows only how it begins, and no note of its person's, until it is
opened: part of it is to forget it.
"""

from zoneinfo import ZoneInfo

from bot.botapi.buttons import ID, PressWith, Row
from bot.chat import confirmation, drafting, letter_question, places, sealed
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_days import days_of, lines
from bot.chat.letter_list import (
    BACK_TO_LIST,
    NOTHING,
    SHOW_LETTER,
    first_words,
    show_page,
    show_page_with,
)
from bot.locales import Catalog
from bot.messages.answering import recalled
from bot.messages.postscript import with_postscripts
from bot.store import letter_list, letters
from bot.store.letter_list import OwnLetter
from bot.text import MESSAGE_LIMIT, Words, utf16_length

OPEN = PressWith("letters:open:", ID, int, "button-open-letter")
ADD_POSTSCRIPT = PressWith("letters:ps:", ID, int, "button-postscript")
MOVE_DATE = PressWith("letters:move:", ID, int, "button-move-date")
CHANGE_LETTERS_ADDRESS = PressWith("letters:address:", ID, int, "button-address")
CALENDAR = PressWith("letters:ics:", ID, int, "button-calendar")
DELETE = PressWith("letters:delete:", ID, int, "button-delete-letter")
DELETE_NOW = PressWith("letters:delete-now:", ID, int, "button-delete-letter")
KEEP = PressWith("letters:keep:", ID, int, "button-keep-letter")
"""They carry the message that brought the letter, as `SHOW_LETTER` does."""


async def show(exchange: Exchange) -> None:
    """Show a letter of the sender's, of which nothing is asked any more."""
    await letter_question.end(exchange)
    if own := await find(exchange, SHOW_LETTER.read(exchange.payload)):
        await show_letter(exchange, own)


async def open_(exchange: Exchange) -> None:
    """Show a letter that is still on its way with its words."""
    if own := await find(exchange, OPEN.read(exchange.payload)):
        await show_letter(exchange, own, opened=True)


async def ask_whether_to_delete(exchange: Exchange) -> None:
    """Ask whether a letter should be deleted."""
    own = await find(exchange, DELETE.read(exchange.payload))
    if own is None:
        return
    catalog = exchange.catalog
    buttons = tuple(press.button(catalog, own.message_id) for press in (DELETE_NOW, KEEP))
    name = "letter-delete-ask" if own.to_come else "letter-delete-ask-done"
    text = catalog.say(name, first=first_words(own))
    exchange.reply(text, [buttons], edits=exchange.pressed)


async def delete(exchange: Exchange) -> None:
    """Delete a letter: its words are erased, what was to come of it is dropped."""
    own = await find(exchange, DELETE_NOW.read(exchange.payload))
    if own is None:
        return
    place = await letter_list.place(exchange.tx, exchange.person_id, own.message_id)
    await letters.erase_text(exchange.tx, own.letter.id, exchange.now)
    await drafting.ask_no_more(exchange, of_letter=own.letter.id)
    await confirmation.end_unused(exchange, own.address_id)
    await places.put_away(exchange, sealed.slot_of(own.message_id))
    said = exchange.catalog.say_words("letter-deleted", first=first_words(own))
    await show_page(exchange, start=place, said=said)


async def keep(exchange: Exchange) -> None:
    """Show a letter again that isn't deleted after all."""
    if own := await find(exchange, KEEP.read(exchange.payload)):
        await show_letter(exchange, own)


async def find(exchange: Exchange, message_id: int) -> OwnLetter | None:
    """Return the sender's letter of that message; where there is none, the list says so."""
    own = await letter_list.find(exchange.tx, exchange.person_id, message_id)
    if own is None:
        said = exchange.catalog.say_words("letter-not-here")
        await show_page_with(exchange, message_id, said)
    return own


async def show_letter(
    exchange: Exchange, own: OwnLetter, *, opened: bool = False, said: Words = NOTHING
) -> None:
    """Show a letter in place of the message whose button was pressed; `said` stands above.

    Words and notes that don't fit there are messages of their own before it.
    """
    opened = opened or _hides_nothing(own) or not own.to_come
    catalog, zone = exchange.catalog, (await exchange.person()).zone
    buttons = _buttons(catalog, own, opened=opened)
    standing = days_of(catalog, own, zone, exchange.now, notes=opened)
    head = _head(exchange, own, zone)
    if said.text:
        head = said.followed_by(head, "\n\n")
    words = _words(exchange, own) if opened else Words(first_words(own))
    page = None if words.holds_quote else lines((head, words.quoted(), standing))
    if page is not None and utf16_length(page.text) <= MESSAGE_LIMIT:
        exchange.reply(page, buttons, edits=exchange.pressed)
        return
    exchange.leave_buttons()
    for piece in words.pieces():
        exchange.reply(piece if words.holds_quote else piece.quoted())
    for answered in own.answers if opened else ():
        if answered.lines:
            exchange.reply(recalled(catalog, answered))
    standing = days_of(catalog, own, zone, exchange.now, notes=False)
    exchange.reply(lines((head, standing)), buttons)


def _hides_nothing(own: OwnLetter) -> bool:
    """Return whether how a letter begins is all there is to read of it."""
    added = own.postscripts or any(each.lines for each in own.answers)
    return first_words(own) == own.letter.words.text and not added


def _words(exchange: Exchange, own: OwnLetter) -> Words:
    return with_postscripts(exchange.catalog, own.letter, own.postscripts, exchange.now)


def _head(exchange: Exchange, own: OwnLetter, zone: ZoneInfo) -> Words:
    """Return when the letter was sealed."""
    sealed_at, catalog = own.letter.sealed_at, exchange.catalog
    date = Words.moment(catalog.date(sealed_at, zone, near=exchange.now), sealed_at, "wD")
    return catalog.say_words("letter-sealed-on", date=date)


def _buttons(catalog: Catalog, own: OwnLetter, *, opened: bool) -> list[Row]:
    rows: list[Row] = []
    if not opened:
        rows.append(OPEN.button(catalog, own.message_id))
    if own.to_come:
        rows += (
            tuple(press.button(catalog, own.message_id) for press in ways)
            for ways in ((ADD_POSTSCRIPT, CHANGE_LETTERS_ADDRESS), (MOVE_DATE, CALENDAR))
        )
    elif own.mail_may_come:
        rows.append(CHANGE_LETTERS_ADDRESS.button(catalog, own.message_id))
    ends = tuple(press.button(catalog, own.message_id) for press in (DELETE, BACK_TO_LIST))
    return [*rows, ends]


FEATURE = Feature(
    presses={
        SHOW_LETTER: show,
        OPEN: open_,
        DELETE: ask_whether_to_delete,
        DELETE_NOW: delete,
        KEEP: keep,
    }
)
