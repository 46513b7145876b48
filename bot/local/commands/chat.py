"""What a person does in their Telegram app besides typing."""

import re
from collections.abc import Mapping

from bot.local.apps import TooOldToEdit
from bot.local.other_kinds import OtherKind
from bot.local.reactions import reaction_of
from bot.local.session import Command, Session

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
LONGEST_NAME = 64


async def press(session: Session, label: str) -> None:
    """Press the newest button whose label contains `label`."""
    if not label:
        session.view.note("local-press-what")
        return
    try:
        update_id = session.telegram.press(session.me, label)
    except LookupError:
        session.view.note("local-no-button", label=label)
        return
    await session.handled(update_id)


async def edit(session: Session, text: str) -> None:
    """Put another text in the place of the person's newest."""
    if not text:
        session.view.note("local-edit-how")
        return
    try:
        message = session.telegram.newest_text(session.me)
        update_id = session.telegram.edit(session.me, message.id, text)
    except LookupError:
        session.view.note("local-nothing-to-edit")
    except TooOldToEdit:
        session.view.note("local-too-old-to-edit")
    else:
        await session.handled(update_id)


async def reply(session: Session, text: str) -> None:
    """Send a text as a reply to the bot's newest message."""
    if not text:
        session.view.note("local-reply-how")
        return
    try:
        message = session.telegram.newest(session.me, by_bot=True)
    except LookupError:
        session.view.note("local-bot-said-nothing")
        return
    await session.handled(session.telegram.say(session.me, text, reply=message))


async def react(session: Session, typed: str) -> None:
    """React to the bot's newest message; the same reaction again takes it back."""
    if (emoji := reaction_of(typed)) is None:
        session.view.note("local-react-how")
        return
    try:
        message = session.telegram.newest(session.me, by_bot=True)
    except LookupError:
        session.view.note("local-bot-said-nothing")
        return
    taken_back = message.reactions.get(str(session.me.id)) == emoji
    session.view.reaction(message, None if taken_back else emoji)
    update_id = session.telegram.react(session.me, message, None if taken_back else emoji)
    await session.handled(update_id)


async def send(session: Session, argument: str) -> None:
    """Send a photo, a sticker, a voice message or something forwarded, with a text perhaps."""
    kind, text = (*argument.split(maxsplit=1), "", "")[:2]
    if kind not in set(OtherKind):
        session.view.note("local-send-how")
        return
    try:
        update_id = session.telegram.send(session.me, OtherKind(kind), text)
    except LookupError:
        session.view.note("local-nothing-to-forward")
        return
    await session.handled(update_id)


async def block(session: Session, _: str) -> None:
    """Block the bot."""
    update_id = session.telegram.block(session.me)
    session.view.note("local-block")
    await session.handled(update_id)


async def unblock(session: Session, _: str) -> None:
    """Unblock the bot."""
    update_id = session.telegram.unblock(session.me)
    session.view.note("local-unblock")
    await session.handled(update_id)


async def speak_as(session: Session, name: str) -> None:
    """Let another person speak from now on."""
    if not 0 < len(name) <= LONGEST_NAME or "\n" in name:
        session.view.note("local-as-how")
        return
    session.me = session.telegram.person(name)
    session.view.note("local-as", name=name)


async def set_language(session: Session, code: str) -> None:
    """Set the language of the person's app."""
    if LANGUAGE_TAG.fullmatch(code) is None:
        session.view.note("local-lang-how")
        return
    session.me = session.telegram.set_language(session.me, code)
    session.view.note("local-lang", name=session.me.name, code=code)


COMMANDS: Mapping[str, Command] = {
    "press": press,
    "edit": edit,
    "reply": reply,
    "react": react,
    "send": send,
    "block": block,
    "unblock": unblock,
    "as": speak_as,
    "lang": set_language,
}
