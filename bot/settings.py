"""Settings, read once from the environment and `.env`."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from email.utils import parseaddr
from io import StringIO
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot import values
from bot.caps import Caps
from bot.locales import Language
from bot.values import ConfigError, Security, Subject

__all__ = [
    "ConfigError",
    "Security",
    "Settings",
    "SmtpSettings",
    "TelegramSettings",
    "parse_settings",
    "read_settings",
]

T = TypeVar("T")

ENV_FILE = Path(".env")
LOCAL_FOLDER = "local"
CONNECTIONS = 10
"""To the mail server, at most, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is submitted, and as whom.

    `ca_file` holds the only authorities that may vouch for the server; None leaves it to those
    that the system trusts. `oauth_token_file` holds an access token in place of a password, and
    another program keeps it fresh. So many `connections` are open at most. `names_letters`: a
    reminder's subject has the first words of its letter.
    """

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    oauth_token_file: Path | None = None
    security: Security
    ca_file: Path | None = None
    sender: str
    connections: int = CONNECTIONS
    names_letters: bool = True

    @property
    def domain(self) -> str:
        """Return the domain letters come from, in ASCII; this client and Message-IDs bear it."""
        return parseaddr(self.sender)[1].rpartition("@")[2].encode("idna").decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """How the Bot API is reached; `rate` is how many messages a second it takes."""

    token: str = field(repr=False)
    base_url: str
    rate: int = 28


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
    address_life: timedelta | None
    address_dns: bool
    log_level: str
    caps: Caps

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that must never be seen in a log."""
        found = (
            self.telegram.token if self.telegram else None,
            self.smtp.password if self.smtp else None,
            *self.letter_keys,
        )
        return tuple(value for value in found if value)

    def for_local_mode(self) -> "Settings":
        """Return them with data of its own, and with nothing asked of the network."""
        return replace(self, data_dir=self.data_dir / LOCAL_FOLDER, address_dns=False)


def read_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the settings of this process. Raises ConfigError."""
    return parse_settings({**_contents(env_file), **os.environ})


def unreadable_lines(env_file: Path = ENV_FILE) -> list[int]:
    """Return the numbers of the file's lines that set nothing for they can't be read.

    A quote that isn't closed makes one, say. Raises ConfigError.
    """
    bindings = parse_stream(StringIO(_text(env_file)))
    return [each.original.line for each in bindings if each.error]


def unknown_keys(env_file: Path = ENV_FILE) -> list[str]:
    """Return the keys in the file that are no settings, mistyped ones say. Raises ConfigError."""
    read = _Reader({})
    _settings(read)
    return sorted(_contents(env_file).keys() - read.asked)


def parse_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that `environ` holds, each with its default. Raises ConfigError."""
    return _settings(_Reader(environ))


def _contents(env_file: Path) -> dict[str, str]:
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)  # `unreadable_lines` says it better
    found = dotenv_values(stream=StringIO(_text(env_file)))
    return {key: value or "" for key, value in found.items()}


def _text(env_file: Path) -> str:
    try:
        return env_file.read_text("utf-8-sig") if env_file.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{env_file} must be a file that can be read, in UTF-8") from None


def _settings(read: "_Reader") -> Settings:
    return Settings(
        telegram=_telegram(read),
        smtp=_smtp(read),
        data_dir=read("DATA_DIR", values.path, Path("data")),
        zone=read("TIMEZONE", values.zone, ZoneInfo("Asia/Seoul")),
        language=read("DEFAULT_LANGUAGE", values.language, values.language("en")),
        days=read("REMINDER_DAYS", values.days, (7, 30)),
        admin_chat_id=read("ADMIN_CHAT_ID", values.chat_id, None),
        letter_keys=read.secret("LETTER_KEYS", values.letter_keys, ()),
        retention=read("RETENTION_DAYS", values.retention, None),
        address_life=read("ADDRESS_DAYS", values.days_or_never, values.days_or_never("60")),
        address_dns=read("ADDRESS_DNS", values.switch, default=True),
        log_level=read("LOG_LEVEL", values.log_level, "INFO"),
        caps=_caps(read),
    )


class _Reader:
    """Looks a key up; an empty value counts as none. `asked` is every key looked up so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.asked: set[str] = set()

    def __call__(self, key: str, parse: Callable[[str], T], default: T) -> T:
        self.asked.add(key)
        value = self._environ.get(key, "").strip()
        return _parsed(key, value, parse) if value else default

    def text(self, key: str) -> str | None:
        return self(key, values.text, None)

    def secret(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """Read KEY, or the file that KEY_FILE names."""
        contents = self(f"{key}_FILE", values.contents, None)
        if contents is None:
            return self(key, parse, default)
        return _parsed(f"{key}_FILE", contents, parse)


def _parsed(key: str, value: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(value)
    except ConfigError as problem:
        raise ConfigError(f"{key} {problem}") from None


def _telegram(read: _Reader) -> TelegramSettings | None:
    token = read.secret("TELEGRAM_BOT_TOKEN", values.text, None)
    base_url = read("TELEGRAM_BASE_URL", values.url, "https://api.telegram.org")
    readable = read("TELEGRAM_ALLOW_PLAINTEXT", values.switch, default=False)
    rate = read("TELEGRAM_RATE", values.rate, 28)
    if token is None:
        return None
    if not (readable or values.is_protected(base_url)):
        raise ConfigError(
            "TELEGRAM_BASE_URL with http:// is for a server on this machine,"
            " or with TELEGRAM_ALLOW_PLAINTEXT=1"
        )
    return TelegramSettings(token=token, base_url=base_url, rate=rate)


def _caps(read: _Reader) -> Caps:
    """Read CAP_MAILS_ADDRESS_HOUR for `mails_per_address_hour`, and so on."""
    return Caps(
        **{
            name: read(f"CAP_{name.replace('_per_', '_').upper()}", values.cap, usual)
            for name, usual in asdict(Caps()).items()
        }
    )


def _smtp(read: _Reader) -> SmtpSettings | None:
    security = read("SMTP_SECURITY", values.security, Security.STARTTLS)
    port = read("SMTP_PORT", values.port, 465 if security is Security.TLS else 587)
    username, password = read.text("SMTP_USERNAME"), read.secret("SMTP_PASSWORD", values.text, None)
    token_file = read("SMTP_OAUTH_TOKEN_FILE", values.readable_file, None)
    sender = read("MAIL_FROM", values.sender, None)
    ca_file = read("SMTP_CA_FILE", values.ca_file, None)
    readable = read("SMTP_ALLOW_PLAINTEXT", values.switch, default=False)
    connections = read("SMTP_CONNECTIONS", values.connections, CONNECTIONS)
    subject = read("MAIL_SUBJECT", values.subject, Subject.WORDS)
    host = read("SMTP_HOST", values.host, None)
    if host is None:
        return None
    if sender is None:
        sender = _parsed("MAIL_FROM", username or "", values.sender)
    _require_login(username, password, token_file)
    if security is Security.NONE and not (readable or values.is_this_machine(host)):
        raise ConfigError(
            "SMTP_SECURITY=none is for a server on this machine, or with SMTP_ALLOW_PLAINTEXT=1"
        )
    return SmtpSettings(
        host=host,
        port=port,
        username=username,
        password=password,
        oauth_token_file=token_file,
        security=security,
        ca_file=ca_file,
        sender=sender,
        connections=connections,
        names_letters=subject is Subject.WORDS,
    )


def _require_login(username: str | None, password: str | None, token_file: Path | None) -> None:
    """Raise ConfigError unless a login is named in whole, or none is."""
    if password is not None and token_file is not None:
        raise ConfigError(
            "SMTP_OAUTH_TOKEN_FILE goes in the place of SMTP_PASSWORD: set one of them"
        )
    if token_file is not None and username is None:
        raise ConfigError("SMTP_USERNAME and SMTP_OAUTH_TOKEN_FILE go together: set both")
    if (username is None) != (password is None and token_file is None):
        raise ConfigError("SMTP_USERNAME and SMTP_PASSWORD go together: set both, or neither")
