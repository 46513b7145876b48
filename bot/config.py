"""Settings, read once from the environment and `.env`."""

import base64
import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from bot.caps import Caps
from bot.locales import Language

T = TypeVar("T")

ENV_FILE = Path(".env")
_KEY_BYTES = 32  # of a Fernet key


class ConfigError(ValueError):
    """A setting can't be used; the text names its key and says what it wants, never its value."""


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is handed in, and as whom.

    `ca_file` holds the only authorities that may vouch for the server; None leaves it to those
    that the system trusts.
    """

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    security: Security
    ca_file: Path | None = None
    sender: str

    @property
    def domain(self) -> str:
        """Give the domain letters come from, in ASCII; it names this client and its Message-IDs."""
        return parseaddr(self.sender)[1].rpartition("@")[2].encode("idna").decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """How the Bot API is reached."""

    token: str = field(repr=False)
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator may decide; `None` where a whole side isn't set up."""

    telegram: TelegramSettings | None
    smtp: SmtpSettings | None
    data_dir: Path
    zone: ZoneInfo
    language: Language
    days: tuple[int, ...]
    admin_chat_id: int | None
    letter_keys: tuple[str, ...] = field(repr=False)
    retention: timedelta | None
    log_level: str
    caps: Caps

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give the values that must never be seen in a log."""
        found = (
            self.telegram.token if self.telegram else None,
            self.smtp.password if self.smtp else None,
            *self.letter_keys,
        )
        return tuple(value for value in found if value)


def read_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the settings of this process. Raises ConfigError."""
    from_file = {key: value or "" for key, value in dotenv_values(env_file).items()}
    return parse_settings({**from_file, **os.environ})


def parse_settings(environ: Mapping[str, str]) -> Settings:
    """Give the settings that `environ` holds, each with its default. Raises ConfigError."""
    read = _Reader(environ)
    return Settings(
        telegram=_telegram(read),
        smtp=_smtp(read),
        data_dir=read("DATA_DIR", _path, Path("data")),
        zone=read("TIMEZONE", _zone, ZoneInfo("Asia/Seoul")),
        language=read("DEFAULT_LANGUAGE", _language, Language.EN),
        days=read("REMINDER_DAYS", _days, (7, 30)),
        admin_chat_id=read("ADMIN_CHAT_ID", _chat_id, None),
        letter_keys=read.secret("LETTER_KEYS", _letter_keys, ()),
        retention=read("RETENTION_DAYS", _retention, None),
        log_level=read("LOG_LEVEL", _log_level, "INFO"),
        caps=_caps(read),
    )


class _Reader:
    """Looks a key up; an empty value counts as none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, key: str, parse: Callable[[str], T], default: T) -> T:
        value = self._environ.get(key, "").strip()
        return _parsed(key, value, parse) if value else default

    def text(self, key: str) -> str | None:
        return self(key, _text, None)

    def secret(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """Read KEY, or the file that KEY_FILE names."""
        contents = self(f"{key}_FILE", _contents, None)
        if contents is None:
            return self(key, parse, default)
        return _parsed(f"{key}_FILE", contents, parse)


def _parsed(key: str, value: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(value)
    except ConfigError as problem:
        raise ConfigError(f"{key} {problem}") from None


def _telegram(read: _Reader) -> TelegramSettings | None:
    token = read.secret("TELEGRAM_BOT_TOKEN", _text, None)
    base_url = read("TELEGRAM_BASE_URL", _url, "https://api.telegram.org")
    return TelegramSettings(token=token, base_url=base_url) if token else None


def _caps(read: _Reader) -> Caps:
    """Read CAP_MAILS_ADDRESS_HOUR for `mails_per_address_hour`, and so on."""
    return Caps(
        **{
            name: read(f"CAP_{name.replace('_per', '').upper()}", _cap, usual)
            for name, usual in asdict(Caps()).items()
        }
    )


def _smtp(read: _Reader) -> SmtpSettings | None:
    security = read("SMTP_SECURITY", _security, Security.STARTTLS)
    port = read("SMTP_PORT", _port, 465 if security is Security.TLS else 587)
    username, password = read.text("SMTP_USERNAME"), read.secret("SMTP_PASSWORD", _text, None)
    sender = read("MAIL_FROM", _text, username)
    ca_file = read("SMTP_CA_FILE", _ca_file, None)
    readable = read("SMTP_ALLOW_PLAINTEXT", _switch, default=False)
    host = read.text("SMTP_HOST")
    if host is None:
        return None
    if sender is None or "@" not in sender:
        raise ConfigError("MAIL_FROM must be the address letters come from, me@example.com say")
    if (username is None) != (password is None):
        raise ConfigError("SMTP_USERNAME and SMTP_PASSWORD go together: set both, or neither")
    if security is Security.NONE and not (readable or _is_this_machine(host)):
        raise ConfigError(
            "SMTP_SECURITY=none is for a server on this machine, or with SMTP_ALLOW_PLAINTEXT=1"
        )
    return SmtpSettings(
        host=host,
        port=port,
        username=username,
        password=password,
        security=security,
        ca_file=ca_file,
        sender=sender,
    )


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _contents(value: str) -> str:
    try:
        contents = Path(value).expanduser().read_text().strip()
    except (OSError, ValueError):
        contents = ""
    if not contents:
        raise ConfigError("must name a file that can be read and isn't empty")
    return contents


def _ca_file(value: str) -> Path:
    path = Path(value).expanduser()
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        raise ConfigError("must name a file of CA certificates in PEM") from None
    return path


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _switch(value: str) -> bool:
    return _whole_number(value, 0, 1) == 1


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ConfigError("must be a URL that starts with http:// or https://")
    return value.rstrip("/")


def _whole_number(value: str, low: int, high: int) -> int:
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ConfigError(f"must be a whole number from {low:,} to {high:,}")
    return number


def _cap(value: str) -> int:
    return _whole_number(value, 1, 1_000_000)


def _port(value: str) -> int:
    return _whole_number(value, 1, 65535)


def _chat_id(value: str) -> int:
    return _whole_number(value, 1, 2**52)


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError("must be an IANA time zone, Asia/Seoul say") from None


def _security(value: str) -> Security:
    try:
        return Security(value.lower())
    except ValueError:
        raise ConfigError("must be starttls, tls or none") from None


def _language(value: str) -> Language:
    try:
        return Language(value.lower())
    except ValueError:
        raise ConfigError("must be ko or en") from None


def _days(value: str) -> tuple[int, ...]:
    try:
        days = tuple(sorted({_whole_number(part, 1, 3650) for part in value.split(",")}))
    except ConfigError:
        raise ConfigError("must be days from 1 to 3,650, with commas between: 7,30") from None
    return days


def _retention(value: str) -> timedelta:
    return timedelta(days=_whole_number(value, 1, 36_500))


def _letter_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key for key in re.split(r"[,\s]+", value) if key)
    if not keys or not all(map(_is_letter_key, keys)):
        raise ConfigError("must be keys as `python -m bot keys` makes them, with commas between")
    return keys


def _is_letter_key(key: str) -> bool:
    """Tell whether this is exactly how a Fernet key is written; decoders let other things pass."""
    try:
        decoded = base64.urlsafe_b64decode(key)
    except ValueError:
        return False
    return len(decoded) == _KEY_BYTES and base64.urlsafe_b64encode(decoded).decode() == key


def _log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()
