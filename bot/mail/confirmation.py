"""The mail that asks an address's holder whether they are the one who gave it.

It says nothing that the person wrote, so that it can carry nobody's message to a stranger.
"""

from bot.locales import Catalog
from bot.mail.page import Button, Page


def confirmation_page(
    *, catalog: Catalog, code: str, link: str | None, stop_link: str | None
) -> Page:
    """Return the mail with a six-digit code, and a link that confirms with one tap."""
    say = catalog.say
    stop = () if stop_link is None else (Button(say("mail-stop"), stop_link),)
    return Page(
        subject=say("mail-confirm-subject"),
        preheader=say("mail-confirm-preheader"),
        greeting=say("mail-confirm-greeting"),
        lines=(say("mail-confirm-how"),),
        code=code,
        closing=(say("mail-confirm-life"), say("mail-confirm-not-you")),
        button=None if link is None else Button(say("mail-confirm-button"), link),
        footer=(say("mail-confirm-why"), *stop),
    )
