"""What the inline buttons say when pressed: 64 bytes at most, and no pattern fits more."""

from enum import StrEnum

_CONFIRM = "confirm:"
_SPAM = "spam:"
_STOP = "stop:"
_ADDRESS_USE = "address:use:"
_ADDRESS_CHANGE = "address:change:"
_KEEP = "letter:keep:"
_LET_GO = "letter:let-go:"
_SHOW = "letter:show:"
_ERASE = "erase:"

_ID = "([0-9]{1,18})"  # what an id can be; a forged one that SQLite couldn't hold is no match
_DELIVERY = "([0-9a-f]{32})"  # its token

ADDRESS_USE_PATTERN = rf"^{_ADDRESS_USE}{_ID}$"
ADDRESS_CHANGE_PATTERN = rf"^{_ADDRESS_CHANGE}{_ID}$"

CONFIRM_PATTERN = rf"^{_CONFIRM}{_ID}$"
SPAM_PATTERN = rf"^{_SPAM}{_ID}$"
STOP_PATTERN = rf"^{_STOP}([A-Za-z0-9_-]{{1,59}})$"

KEEP_PATTERN = rf"^{_KEEP}{_DELIVERY}$"
LET_GO_PATTERN = rf"^{_LET_GO}{_DELIVERY}$"
SHOW_PATTERN = rf"^{_SHOW}{_DELIVERY}$"
ERASE_PATTERN = rf"^{_ERASE}{_ID}$"


class Press(StrEnum):
    """Buttons that carry nothing but their own meaning."""

    WRITE = "write"
    GO_ON = "draft:go-on"
    START_OVER = "draft:start-over"
    OTHER_ADDRESS = "address:other"
    AS_SUGGESTED = "address:as-suggested"
    AS_TYPED = "address:as-typed"


def use_address(address_id: int) -> str:
    """Return the data of the button that sends a letter to an address used before."""
    return f"{_ADDRESS_USE}{address_id}"


def change_address(address_id: int) -> str:
    """Return the data of the button that replaces an address which takes no mail."""
    return f"{_ADDRESS_CHANGE}{address_id}"


def confirm_address(address_id: int) -> str:
    """Return the data of the button that asks for another confirmation mail."""
    return f"{_CONFIRM}{address_id}"


def look_for_spam(address_id: int) -> str:
    """Return the data of the button under "the mail isn't there"."""
    return f"{_SPAM}{address_id}"


def stop_mail(payload: str) -> str:
    """Return the data of the button that stops mail; `payload` is what the mail's link payload."""
    return f"{_STOP}{payload}"


def keep_letter(token: str) -> str:
    """Return the data of the button that keeps the letter which the delivery of that token brought.

    A letter's own number would not do: after an erasure it may be another letter's.
    """
    return f"{_KEEP}{token}"


def let_letter_go(token: str) -> str:
    """Return the data of the button that erases that letter's words; `token` as above."""
    return f"{_LET_GO}{token}"


def show_letter(token: str) -> str:
    """Return the data of the button that shows that letter; `token` as above."""
    return f"{_SHOW}{token}"


def erase(asked_at: int) -> str:
    """Return the data of the button that erases its person; `asked_at` is in microseconds."""
    return f"{_ERASE}{asked_at}"
