"""What every handler is given, typed: it takes the place of python-telegram-bot's bot_data."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from bot.caps import Caps
from bot.chat.inbox import Inbox
from bot.chat.replies import ReplySender
from bot.clock import Clock
from bot.email_address.mail_domains import MailDomains
from bot.locales import Catalog, Language, catalog, language_of
from bot.store.database import Database

Nothing = dict[object, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the program that handlers use.

    `retention` is how long words are kept after their last reminder, `address_life` an address that
    nobody needs, if not for good. `mail_domains` is None where no address is looked up.
    """

    database: Database
    clock: Clock
    inbox: Inbox
    replies: ReplySender
    language: Language
    zone: ZoneInfo
    days: tuple[int, ...]
    caps: Caps
    retention: timedelta | None
    address_life: timedelta | None
    mail_domains: MailDomains | None

    def catalog(self, update: Update, chosen: str | None = None) -> Catalog:
        """Return the catalog of the language that an update's sender chose, or else speaks."""
        user = update.effective_user
        spoken = user.language_code if user else None
        return catalog(language_of(chosen or spoken, self.language))


class Context(CallbackContext[ExtBot[None], Nothing, Nothing, Services]):
    """python-telegram-bot's context, with the services in it."""

    @property
    def services(self) -> Services:
        """Return what handlers work with."""
        return self.bot_data
