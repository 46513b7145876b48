"""How much is too much: bounds against abuse, over a time that slides or for as long as it is kept.

What one account can store is bounded. At every cap, with keys set, it is 24 MB on the disk (18 MB
without): 1,000 letters of 16,384 bytes with four deliveries each, 23.5 KB a letter; 50 addresses
of 254 characters, 33 KB; one draft of 65,536 bytes, 86 KB. It takes 100 days to get there. What is
left of a letter let go of, its row without words and its deliveries, is 1.4 KB: 14 KB a day.
Updates and replies go once they are through; while Telegram takes none, 100 replies are kept.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Confirmation mails per hour and day; a person's letters and addresses.

    `open_letters` are on their way, `letters` all whose words are kept.
    """

    mails_per_address_hour: int = 1
    mails_per_address_day: int = 3
    mails_per_person_day: int = 10
    mails_per_domain_hour: int = 200
    mails_per_hour: int = 500
    letters_per_day: int = 10
    open_letters: int = 100
    letters: int = 1_000
    addresses: int = 50
