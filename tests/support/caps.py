"""Caps for tests of something else."""

from bot.caps import Caps

MANY = 10**6
UNCAPPED = Caps(
    mails_per_address_hour=MANY,
    mails_per_address_day=MANY,
    mails_per_person_day=MANY,
    mails_per_domain_hour=MANY,
    mails_per_hour=MANY,
)
"""As good as none."""
