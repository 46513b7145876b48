"""Settings' values: each function reads one kind from text, or raises ConfigError.

Its message says what is wanted, to go behind the key's name, and never what was given.
"""

import base64
import re
import ssl
from datetime import timedelta
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.locales import LANGUAGES, Language

_KEY_BYTES = 32  # of a Fernet key
_ATOM = r'[^\s()<>\[\]:;@\\,".]+'
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*"
_SENDER = re.compile(rf'{_ADDRESS}|(?:"[^"<>\\\x00-\x1f]*" *|[^"<>()\\,;:@\x00-\x1f]*)<{_ADDRESS}>')


class ConfigError(ValueError):
    """A setting can't be used; the text names its key and says what it wants, never its value."""


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Subject(StrEnum):
    """What a reminder's subject says."""

    WORDS = "words"
    """How the letter begins, so that one is told from another."""
    PLAIN = "plain"
    """None of its words."""


def text(value: str) -> str:
    """Return the text as it is."""
    return value


def path(value: str) -> Path:
    """Return a path; `~` is the home folder."""
    return Path(value).expanduser()


def contents(value: str) -> str:
    """Return what a file holds."""
    try:
        contents = Path(value).expanduser().read_text("utf-8-sig").strip()
    except (OSError, ValueError):
        contents = ""
    if not contents:
        raise ConfigError("must name a file that can be read and isn't empty")
    return contents


def readable_file(value: str) -> Path:
    """Return the path of a file that has something in it now, and perhaps other things later."""
    contents(value)
    return Path(value).expanduser()


def ca_file(value: str) -> Path:
    """Return the path of a file of CA certificates."""
    path = Path(value).expanduser()
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        raise ConfigError("must name a file of CA certificates in PEM") from None
    return path


def host(value: str) -> str:
    """Return a host's name or IP address."""
    if not re.fullmatch(r"[^\s/@:]+", value) and not _is_ip_address(value):
        raise ConfigError("must be a host alone, smtp.example.com say; its port is SMTP_PORT")
    return value


def is_this_machine(host: str) -> bool:
    """Return whether a host is the machine itself."""
    if _is_ip_address(host):
        return ip_address(host).is_loopback
    return host.lower() == "localhost"


def switch(value: str) -> bool:
    """Return what 1 or 0 says."""
    if value not in {"0", "1"}:
        raise ConfigError("must be 1 or 0")
    return value == "1"


def url(value: str) -> str:
    """Return an HTTP URL without a slash at its end."""
    if not re.fullmatch(r"https?://[^\s/]\S*", value) or not _host_of(value):
        raise ConfigError("must be a URL that starts with http:// or https://")
    return value.rstrip("/")


def is_protected(url: str) -> bool:
    """Return whether what is sent to an HTTP URL is encrypted, or stays on this machine."""
    return url.startswith("https://") or is_this_machine(_host_of(url))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def whole_number(value: str, low: int, high: int) -> int:
    """Return a number in [low, high]."""
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ConfigError(f"must be a whole number from {low:,} to {high:,}")
    return number


def cap(value: str) -> int:
    """Return how many are the most."""
    return whole_number(value, 1, 1_000_000)


def rate(value: str) -> int:
    """Return how many messages a second Telegram takes of this bot."""
    return whole_number(value, 1, 1000)


def connections(value: str) -> int:
    """Return how many connections to the mail server there may be."""
    return whole_number(value, 1, 100)


def port(value: str) -> int:
    """Return a TCP port."""
    return whole_number(value, 1, 65535)


def chat_id(value: str) -> int:
    """Return a person's chat id."""
    try:
        return whole_number(value, 1, 2**52)
    except ConfigError:
        raise ConfigError(
            "must be a person's chat id, a number that @userinfobot on Telegram tells"
        ) from None


def zone(value: str) -> ZoneInfo:
    """Return an IANA time zone."""
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError("must be an IANA time zone, Asia/Seoul say") from None


def security(value: str) -> Security:
    """Return how a connection is protected."""
    try:
        return Security(value.lower())
    except ValueError:
        raise ConfigError("must be starttls, tls or none") from None


def subject(value: str) -> Subject:
    """Return what a reminder's subject says."""
    try:
        return Subject(value.lower())
    except ValueError:
        raise ConfigError("must be words or plain") from None


def language(value: str) -> Language:
    """Return a language there is a catalog for."""
    if value.lower() not in LANGUAGES:
        raise ConfigError(f"must be one of {', '.join(LANGUAGES)}")
    return Language(value.lower())


def days(value: str) -> tuple[int, ...]:
    """Return days, the first first."""
    try:
        days = tuple(sorted({whole_number(part, 1, 3650) for part in value.split(",")}))
    except ConfigError:
        raise ConfigError("must be days from 1 to 3,650, with commas between: 7,30") from None
    return days


def retention(value: str) -> timedelta:
    """Return a span of whole days."""
    return timedelta(days=whole_number(value, 1, 36_500))


def days_or_never(value: str) -> timedelta | None:
    """Return a span of whole days; None for 0, which stands for never."""
    days = whole_number(value, 0, 36_500)
    return timedelta(days=days) if days else None


def letter_keys(value: str) -> tuple[str, ...]:
    """Return Fernet keys."""
    keys = tuple(key for key in re.split(r"[,\s]+", value) if key)
    if not keys or not all(map(_is_letter_key, keys)):
        raise ConfigError("must be keys as `python -m bot keys` makes them, with commas between")
    return keys


def _is_ip_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_letter_key(key: str) -> bool:
    """Return whether this is how a Fernet key is written; decoders let other things pass."""
    try:
        decoded = base64.urlsafe_b64decode(key)
    except ValueError:
        return False
    return len(decoded) == _KEY_BYTES and base64.urlsafe_b64encode(decoded).decode() == key


def log_level(value: str) -> str:
    """Return a level of `logging`."""
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def sender(value: str) -> str:
    """Return an address, or `Name <address>`, that mail can come from.

    Its part before the @ is ASCII: where a server knows no other, no letter could leave.
    """
    try:
        name, _, domain = parseaddr(value)[1].rpartition("@")
        fit = bool(_SENDER.fullmatch(value)) and name.isascii() and bool(domain.encode("idna"))
    except UnicodeError:
        fit = False
    if not fit:
        raise ConfigError(
            "must be the address letters come from: me@example.com, or Name <me@example.com>"
        )
    return value
