"""What a letter in the making needs next is asked for, under an echo of what is kept of it.

The echo is one message, edited as parts arrive. Where it is out of sight it is taken back and comes
anew below. It has no input-field hint: Telegram lets no message with one be edited.
"""

from bot.botapi.buttons import ID, Button, Press, PressWith, Row
from bot.chat import places, prompts
from bot.chat.exchange import Exchange
from bot.drafts import Draft, Step
from bot.email_address.mailbox_forms import exact_form
from bot.letters import LARGEST_LETTER, LONGEST_LETTER, LetterFlaw, flaw_of
from bot.locales import Catalog
from bot.store import addresses, slots
from bot.text import lines_of

BRING_BACK = Press("draft:bring-back", "button-bring-back")
LEAVE_OUT = PressWith("draft:leave-out:", ID, int, "button-leave-out")
"""Carries the message that is left out, so that pressed twice it leaves no other out."""

_ECHO = "draft"
_ADDRESS_ASKED = "address-asked"
_LONGEST_ECHO = 3_000  # code units of a letter's; what is said around it has room beside that
_GAP = "\n[…]\n"
_ADDRESSES_OFFERED = 3
_IN_SIGHT = 15  # lines below the echo, with one between messages, that a phone shows beside it


async def ask_for_step(exchange: Exchange, draft: Draft, *, here: bool = False) -> None:
    """Ask for what the draft waits for.

    `here`: in the message whose button was pressed, if one was.
    """
    if draft.step is Step.WORDS:
        ask_for_words(exchange, draft, here=here)
    elif draft.asks_for_others:
        await _ask_for_others(exchange, draft, here=here)
    else:
        await _echo(exchange, draft, here=here)


def ask_for_words(exchange: Exchange, draft: Draft, *, here: bool = False) -> None:
    """Ask for the letter's words, or for fewer of them; `here` as in `ask_for_step`."""
    catalog = exchange.catalog
    edits = exchange.pressed if here else None
    if not draft.taken:
        hint = catalog.say("hint-words") if edits is None else None
        back = [BRING_BACK.button(catalog)] if edits and draft.has_thrown else []
        exchange.reply(catalog.say("ask-words"), back, edits=edits, hint=hint)
        return
    exchange.reply(words_wanted(catalog, draft), _ways_on(catalog, draft), edits=edits)


def words_wanted(catalog: Catalog, draft: Draft, *, beside: int = 0) -> str:
    """Return what must become of a draft's words, which are no letter yet.

    `beside` is as in `flaw_of`.
    """
    if draft.overfull:
        return catalog.say("words-not-kept", limit=f"{LONGEST_LETTER:,}")
    words, flaw = draft.words, flaw_of(draft.words, beside=beside)
    if flaw is LetterFlaw.EMPTY or flaw is None:
        return catalog.say("words-empty")
    too_long = flaw is LetterFlaw.TOO_LONG
    size = words.size + beside
    n, limit = (len(words.text), LONGEST_LETTER) if too_long else (size, LARGEST_LETTER)
    how_much = catalog.count(flaw.value, n, limit=f"{limit:,}", excess=f"{n - limit:,}")
    alone = not draft.without_newest().parts
    return f"{how_much} {catalog.say('shorten-it' if alone else 'shorten-one')}"


async def put_away(exchange: Exchange) -> None:
    """Leave the echo as it is, without its buttons: the letter is sealed, or thrown away."""
    await places.put_away(exchange, _ECHO)


async def put_question_away(exchange: Exchange) -> None:
    """Leave no buttons under what is asked about an address for what is sealed: it is answered."""
    for place in (_ADDRESS_ASKED, prompts.ADDRESS_QUESTION):
        await places.put_away(exchange, place)


async def _echo(exchange: Exchange, draft: Draft, *, here: bool) -> None:
    """Show what is kept so far, and ask for more of it or for the address."""
    hidden = await _is_out_of_sight(exchange, draft)
    await places.find(exchange, _ECHO, here=here, elsewhere=hidden)
    words = draft.words.shortened(_LONGEST_ECHO, _GAP)
    shown = words if words.holds_quote else words.quoted()
    text = exchange.catalog.say_words("so-far", words=shown)
    exchange.reply(text, await _where_to(exchange, draft), slot=_ECHO)


async def _is_out_of_sight(exchange: Exchange, draft: Draft) -> bool:
    """Return whether what its person has sent since the echo takes more than a screen.

    Who edits a message of theirs has scrolled up to it.
    """
    echo = await slots.find(exchange.tx, exchange.person_id, _ECHO)
    if echo is None or echo.message_id is None or not exchange.is_new:
        return False
    below = (part for part in draft.parts if part.message_id > echo.message_id)
    return sum(lines_of(part.words.text) + 1 for part in below) > _IN_SIGHT


async def _where_to(exchange: Exchange, draft: Draft) -> list[Row]:
    """Return the buttons under the echo: no mail, the addresses at hand, to write less or anew."""
    first = draft.remembered
    buttons: list[Row] = [prompts.JUST_HERE.button(exchange.catalog)]
    if first is not None:
        buttons.append(Button(first, prompts.AS_TYPED.name))
    buttons += await _used(exchange, but=first)
    return [
        *buttons,
        *_ways_on(exchange.catalog, draft),
        prompts.START_OVER.button(exchange.catalog),
    ]


async def _ask_for_others(exchange: Exchange, draft: Draft, *, here: bool) -> None:
    """Ask which address sealed letters, or new ones, should go to, offering those used before."""
    first = draft.remembered
    buttons = [] if first is None else [Button(first, prompts.AS_TYPED.name)]
    buttons += await _used(exchange, besides=draft.replaces, but=first)
    if draft.changes is not None:
        buttons.append(prompts.JUST_HERE.button(exchange.catalog))
    elif buttons:
        buttons.append(prompts.OTHER_ADDRESS.button(exchange.catalog))
    await places.find(exchange, _ADDRESS_ASKED, here=here, elsewhere=True)
    exchange.reply(exchange.catalog.say(_question(draft)), buttons, slot=_ADDRESS_ASKED)


def _question(draft: Draft) -> str:
    if draft.changes is not None:
        return "ask-letter-address"
    if draft.chooses:
        return "ask-default-address"
    return "ask-first-address" if draft.adds else "ask-new-address"


async def _used(
    exchange: Exchange, *, besides: int | None = None, but: str | None = None
) -> list[Button]:
    """Return a button for each address used before, except one by its number or as it is typed."""
    used = await addresses.usable(exchange.tx, exchange.person_id, limit=_ADDRESSES_OFFERED)
    known = exact_form(but) if but else None
    return [
        prompts.USE_ADDRESS.labelled(each.address, each.id)
        for each in used
        if each.id != besides and exact_form(each.address) != known
    ]


def _ways_on(catalog: Catalog, draft: Draft) -> list[Row]:
    """Return the button that leaves the newest message out, if the others make a letter."""
    if not draft.without_newest().fit:
        return []
    return [LEAVE_OUT.button(catalog, draft.taken[-1].message_id)]
