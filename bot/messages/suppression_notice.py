"""The last mail to a mailbox whose holder wants no more, and their way back.

Its link stands in no other mail: whoever taps it reads that mailbox.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.botapi.deep_links import LIFT
from bot.mail.page import Link, Page
from bot.messages.message import Kept, MailMessage, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionNotice(MailMessage):
    """`lift_token` is what the link carries that allows mail again."""

    kind: ClassVar[str] = "suppression-notice"
    lift_token: str

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the notice. Raises ValueError for one without its address."""
        if kept.lift_token is None:
            raise ValueError("word of a suppression without its address")
        return cls(lift_token=kept.lift_token)

    def as_mail(self, sending: Sending) -> Page:
        """Return the mail with the link that lifts the suppression."""
        say = sending.catalog.say
        url = sending.link(LIFT, self.lift_token)
        return Page(
            subject=say("mail-suppressed-subject"),
            preheader=say("mail-suppressed-preheader"),
            greeting=say("mail-suppressed-greeting"),
            lines=(say("mail-suppressed-last"),),
            closing=(say("mail-suppressed-undo"),),
            button=None if url is None else Link(say("mail-suppressed-button"), url),
            footer=(say("mail-suppressed-why"),),
        )
