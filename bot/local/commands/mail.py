"""What a person does with their mails, and what the mail server does to them."""

import asyncio
from collections.abc import Mapping

from bot.email_address import BadAddress, check
from bot.local.files import write_whole
from bot.local.mailserver import Mail
from bot.local.session import Command, Session


async def open_link(session: Session, label: str) -> None:
    """Tap the first link to the bot in the newest mail, of those whose label contains `label`."""
    try:
        update_id = session.telegram.open(session.me, session.mail_server.newest_link(label) or "")
    except LookupError:
        has_mail = bool(session.mail_server.mails())
        session.view.note("local-no-link" if has_mail else "local-no-mail")
        return
    await session.handled(update_id)


async def show(session: Session, number: str) -> None:
    """List the mails, or show one as text."""
    mails = session.mail_server.mails()
    if mails and not number:
        session.view.mails(mails)
    elif mail := _wanted(session, number):
        session.view.mail(mail, session.mail_server.text(mail.number))


async def look(session: Session, number: str) -> None:
    """Show a mail's HTML part, that of the newest if no number is given, in a browser."""
    if (mail := _wanted(session, number)) is None:
        return
    html = session.mail_server.html(mail.number)
    if html is None:
        session.view.note("local-no-html", number=mail.number)
        return
    page = session.folder / "look" / f"{mail.path.stem}.html"
    write_whole(page, html.encode())
    session.view.note("local-look", number=mail.number, path=page)
    if session.browse is not None:
        await asyncio.to_thread(session.browse, page)


async def refuse(session: Session, typed: str) -> None:
    """Let the mail server refuse an address, or take its mail again."""
    try:
        address = check(typed).address
    except BadAddress:
        session.view.note("local-refuse-how")
        return
    refused = session.mail_server.refuse(address)
    session.view.note("local-refuse" if refused else "local-refuse-no-more", address=address)


def _wanted(session: Session, number: str) -> Mail | None:
    """Return the mail of that number, the newest if none is given; say so where there is none."""
    mails = session.mail_server.mails()
    wanted = [mail for mail in mails if not number or str(mail.number) == number.lstrip("0")]
    if not mails:
        session.view.note("local-no-mail")
    elif not wanted:
        session.view.note("local-no-such-mail", number=number)
    return wanted[-1] if wanted else None


COMMANDS: Mapping[str, Command] = {
    "open": open_link,
    "mail": show,
    "look": look,
    "refuse": refuse,
}
