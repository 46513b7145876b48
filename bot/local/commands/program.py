"""What is done to the local mode itself: its clock, its data, its end."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.local.session import Command, Session

SPAN = re.compile(r"(\d{1,4})([dhm])", re.ASCII)
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


async def skip(session: Session, span: str) -> None:
    """Move the clock on, and let all that falls due go out at its own hour."""
    if (parsed := SPAN.fullmatch(span)) is None:
        session.view.note("local-skip-how")
        return
    target = session.clock.now() + int(parsed[1]) * UNITS[parsed[2]]
    await _pass_what_falls_due(session, target)
    await _move_to(session, target)
    session.show_news()
    session.view.time(session.clock.now())


async def _pass_what_falls_due(session: Session, target: datetime) -> None:
    last: datetime | None = None
    while (due := await session.next_due()) is not None and due <= target:
        if last is not None and due <= last:
            # It didn't go out at its hour, so it would hold the clock here for ever.
            return
        await _move_to(session, due)
        if session.has_news:
            session.view.time(session.clock.now())
        session.show_news()
        last = due


async def _move_to(session: Session, moment: datetime) -> None:
    session.clock.move_to(moment)
    session.telegram.remember_skipped(session.clock.ahead)
    await session.settle()


async def begin_anew(session: Session, _: str) -> None:
    """Erase everything of the local mode, once it is confirmed, and begin again."""
    session.anew = session.over = await session.confirm()
    if not session.anew:
        session.view.note("local-fresh-not")


async def show_help(session: Session, _: str) -> None:
    """List what can be typed."""
    session.view.note("local-help")
    if session.pastes_whole:
        session.view.note("local-help-paste")


async def leave(session: Session, _: str) -> None:
    """Read no further line."""
    session.over = True


COMMANDS: Mapping[str, Command] = {
    "skip": skip,
    "fresh": begin_anew,
    "help": show_help,
    "quit": leave,
}
