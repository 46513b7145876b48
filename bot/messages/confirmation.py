"""The mail that asks an address's holder whether they are the one who gave it.

It says nothing that the person wrote, so that it can carry nobody's message to a stranger. Its code
is in the subject, for whoever reads it in a notification.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.botapi.deep_links import CONFIRM
from bot.mail.page import Link, Page
from bot.messages.message import Kept, MailMessage, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(MailMessage):
    """A six-digit code, and what a link that confirms with one tap carries."""

    kind: ClassVar[str] = "confirmation"
    code: str
    link_token: str

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the confirmation. Raises ValueError for one without its code."""
        if kept.code is None or kept.link_token is None:
            raise ValueError("a confirmation without its code")
        return cls(code=kept.code, link_token=kept.link_token)

    def as_mail(self, sending: Sending) -> Page:
        """Return the mail with the code and the link."""
        say = sending.catalog.say
        code = f"{self.code[:3]} {self.code[3:]}"
        url = sending.link(CONFIRM, self.link_token)
        return Page(
            subject=say("mail-confirm-subject", code=code),
            preheader=say("mail-confirm-preheader", code=code),
            greeting=say("mail-confirm-greeting"),
            lines=(say("mail-confirm-how"),),
            code=code,
            closing=(
                say("mail-confirm-secret"),
                say("mail-confirm-life"),
                say("mail-confirm-not-you"),
            ),
            button=None if url is None else Link(say("mail-confirm-button"), url),
            footer=(say("mail-confirm-why"), *sending.stop_links()),
        )
