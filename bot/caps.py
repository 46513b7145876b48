"""How much is too much: bounds against abuse, over a time that slides or for as long as it is kept.

What one account can store is bounded. At every cap, with keys set, it is 24 MB on the disk (18 MB
without): 1,000 letters of 16,384 bytes with four deliveries each, 23.5 KB a letter; 50 addresses
of 254 characters, 33 KB; one draft of 65,536 bytes, 86 KB. It takes 100 days to get there. The
bytes of a letter are those of its postscripts, too, which cost 0.4 KB each beside them. What is
answered and noted each time it comes back takes 5.7 KB, twice that if it is all quotation marks;
it comes back on 60 days at most, and with 100 letters on their way on 100 a day: 0.6 MB a day. What
is left of a letter let go of, its row without words and its deliveries, is 1.4 KB: 14 KB a day.
Updates and replies go once they are through; while Telegram takes none, 100 replies are kept.
"""

from dataclasses import dataclass

_PERSON_SHARES = 3
_DOMAIN_SHARES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Confirmation mails per hour and day, at the most; a person's letters and addresses.

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

    @property
    def mails_per_person_hour(self) -> int:
        """Return how many mails a person may ask for in an hour, however well they are known."""
        return _share(self.mails_per_person_day, _PERSON_SHARES)

    def mails_of_person_day(self, mailboxes: int) -> int:
        """Return how many mails somebody may ask for in a day who has confirmed so many mailboxes.

        A new account gets a third of the most.
        """
        grown = self.mails_per_person_hour * (1 + mailboxes)
        return min(self.mails_per_person_day, grown)

    def mails_to_domain_hour(self, people: int, *, public: bool) -> int:
        """Return how many mails a domain takes in an hour where so many people have confirmed.

        One where nobody ever did takes a tenth of the most. A `public` domain, a large provider's,
        is no organisation that could be flooded: there each mailbox has its own cap.
        """
        if public:
            return self.mails_per_domain_hour
        grown = _share(self.mails_per_domain_hour, _DOMAIN_SHARES) * (1 + people)
        return min(self.mails_per_domain_hour, grown)


def untrusted_part(most: int) -> int:
    """Return how many of the mails to a place people may ask for who never confirmed an address.

    Whoever makes accounts by the dozen keeps at most these from others.
    """
    return _share(most, 2)


def _share(most: int, parts: int) -> int:
    return -(-most // parts)
