"""Values that no operator sets: how fast the program goes, and how patient it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.botapi.budget import Rates
from bot.chat.rate_limiter import ANSWERS_A_MINUTE
from bot.clock import Clock
from bot.delivery.lane import LaneSettings
from bot.delivery.smtp import Limits
from bot.email_address.mail_domains import MailDomains


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the program is tuned; tests and the local mode have other values."""

    lane: LaneSettings = field(default_factory=LaneSettings)
    limits: Limits = field(default_factory=Limits)
    rates: Rates | None = None
    mail_domains: Callable[[Clock], MailDomains] = MailDomains
    answers_a_minute: float = ANSWERS_A_MINUTE
