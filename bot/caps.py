"""How much is too much: bounds against abuse, each over a time that slides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Confirmation mails per hour and day, letters per person."""

    mails_per_address_hour: int = 1
    mails_per_address_day: int = 3
    mails_per_person_day: int = 10
    mails_per_domain_hour: int = 200
    mails_per_hour: int = 500
    letters_per_day: int = 10
    open_letters: int = 100
