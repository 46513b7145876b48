"""Settings: their defaults, where they come from, and what is said of a bad one."""

from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dotenv import dotenv_values

from bot.locales import LANGUAGES
from bot.mail.addresses import mailbox
from bot.settings import (
    ConfigError,
    Security,
    parse_settings,
    read_settings,
    unknown_keys,
    unreadable_lines,
)
from tests.support.certificates import write_authority
from tests.support.languages import ENGLISH, KOREAN

EXAMPLE = Path(__file__).parents[2] / ".env.example"
MAIL = {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "Box <box@example.com>"}
BAD = "un!usable"


def test_without_any_setting_there_are_defaults() -> None:
    settings = parse_settings({})
    assert (settings.telegram, settings.smtp, settings.admin_chat_id) == (None, None, None)
    assert settings.data_dir == Path("data")
    assert settings.zone == ZoneInfo("Asia/Seoul")
    assert settings.language == ENGLISH
    assert settings.days == (7, 30)
    assert settings.log_level == "INFO"


def test_a_key_that_is_no_setting_is_found(tmp_path: Path) -> None:
    assert unknown_keys(EXAMPLE) == []
    file = tmp_path / ".env"
    file.write_text("CAP_LETTER_DAY=3\nCAP_LETTERS_DAY=3\nSMTP_PASSWORD_FILE=x\nLOG-LEVEL=\n")
    assert unknown_keys(file) == ["CAP_LETTER_DAY", "LOG-LEVEL"]
    assert unknown_keys(tmp_path / "none") == []


def test_an_empty_value_is_none_at_all() -> None:
    keys = list(dotenv_values(EXAMPLE))
    assert parse_settings(dict.fromkeys(keys, " ")) == parse_settings({})


def test_every_setting_is_taken() -> None:
    settings = parse_settings(
        {
            "TELEGRAM_BOT_TOKEN": "1:token",
            "TELEGRAM_BASE_URL": "http://127.0.0.1:8081/",
            "TELEGRAM_RATE": "900",
            "SMTP_HOST": "mail.example.com",
            "SMTP_PORT": "2525",
            "SMTP_USERNAME": "box@example.com",
            "SMTP_PASSWORD": "s3cret",
            "SMTP_SECURITY": "TLS",
            "SMTP_CONNECTIONS": "20",
            "MAIL_FROM": "느린우체통 <letters@우체통.한국>",
            "DATA_DIR": "/var/lib/box",
            "TIMEZONE": "Europe/Berlin",
            "DEFAULT_LANGUAGE": "KO",
            "REMINDER_DAYS": "30, 1,7,7",
            "ADMIN_CHAT_ID": "42",
            "LOG_LEVEL": "debug",
        }
    )
    assert settings.telegram is not None
    assert asdict(settings.telegram) == {
        "token": "1:token",
        "base_url": "http://127.0.0.1:8081",
        "rate": 900,
    }
    assert settings.smtp is not None
    assert asdict(settings.smtp) == {
        "host": "mail.example.com",
        "port": 2525,
        "username": "box@example.com",
        "password": "s3cret",
        "oauth_token_file": None,
        "security": Security.TLS,
        "ca_file": None,
        "sender": "느린우체통 <letters@우체통.한국>",
        "connections": 20,
        "names_letters": True,
    }
    assert settings.smtp.domain == "xn--vo5b23i2ve.xn--3e0b707e"
    assert settings.data_dir == Path("/var/lib/box")
    assert settings.zone == ZoneInfo("Europe/Berlin")
    assert settings.language == KOREAN
    assert settings.days == (1, 7, 30)
    assert settings.admin_chat_id == 42
    assert settings.log_level == "DEBUG"


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 587)])
def test_the_port_follows_from_the_security(security: str, port: int) -> None:
    smtp = parse_settings({**MAIL, "SMTP_HOST": "localhost", "SMTP_SECURITY": security}).smtp
    assert smtp is not None
    assert (smtp.port, smtp.security) == (port, Security(security))


@pytest.mark.parametrize(
    "host", ["mail.example.com", "192.0.2.1", "::", "localhost.example.com", "128.0.0.1"]
)
def test_letters_travel_readable_to_another_machine_only_where_that_is_allowed(host: str) -> None:
    open_way = {**MAIL, "SMTP_HOST": host, "SMTP_SECURITY": "none"}
    for not_allowed in ({}, {"SMTP_ALLOW_PLAINTEXT": "0"}, {"SMTP_ALLOW_PLAINTEXT": ""}):
        with pytest.raises(ConfigError, match=r"^SMTP_SECURITY=none .* SMTP_ALLOW_PLAINTEXT=1"):
            parse_settings({**open_way, **not_allowed})
    smtp = parse_settings({**open_way, "SMTP_ALLOW_PLAINTEXT": "1"}).smtp
    assert smtp is not None
    assert smtp.security is Security.NONE


@pytest.mark.parametrize(
    "host",
    ["telegram.example.com", "192.0.2.1:8081", "[2001:db8::1]", "localhost@telegram.example.com"],
)
def test_a_token_travels_readable_to_another_machine_only_where_that_is_allowed(host: str) -> None:
    open_way = {"TELEGRAM_BOT_TOKEN": "1:t0ken", "TELEGRAM_BASE_URL": f"http://{host}"}
    for not_allowed in ({}, {"TELEGRAM_ALLOW_PLAINTEXT": "0"}, {"TELEGRAM_ALLOW_PLAINTEXT": ""}):
        with pytest.raises(ConfigError) as refusal:
            parse_settings({**open_way, **not_allowed})
        said = str(refusal.value)
        assert said.startswith("TELEGRAM_BASE_URL ")
        assert said.endswith(" TELEGRAM_ALLOW_PLAINTEXT=1")
        assert not any(part in said for part in ("t0ken", host, "\n"))
    telegram = parse_settings({**open_way, "TELEGRAM_ALLOW_PLAINTEXT": "1"}).telegram
    assert telegram is not None
    assert telegram.base_url == f"http://{host}"


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8081", "http://127.0.0.1", "http://[::1]:8081", "https://bot.example.com"],
)
def test_on_this_machine_or_encrypted_a_token_may_travel(origin: str) -> None:
    telegram = parse_settings({"TELEGRAM_BOT_TOKEN": "1:t", "TELEGRAM_BASE_URL": origin}).telegram
    assert telegram is not None
    assert telegram.base_url == origin


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1"])
def test_on_this_machine_letters_may_travel_readable(host: str) -> None:
    smtp = parse_settings({**MAIL, "SMTP_HOST": host, "SMTP_SECURITY": "none"}).smtp
    assert smtp is not None
    assert smtp.security is Security.NONE


def test_a_private_authority_is_read_from_its_file(tmp_path: Path) -> None:
    file = write_authority(tmp_path)
    smtp = parse_settings({**MAIL, "SMTP_CA_FILE": str(file)}).smtp
    assert smtp is not None
    assert smtp.ca_file == file


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\x00"])
def test_a_file_without_certificates_is_refused_at_once(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^SMTP_CA_FILE "):
        parse_settings({**MAIL, "SMTP_CA_FILE": str(file)})


@pytest.mark.parametrize(("given", "named"), [("", True), ("words", True), ("PLAIN", False)])
def test_a_subject_has_a_letters_words_unless_it_is_to_be_plain(given: str, *, named: bool) -> None:
    smtp = parse_settings({**MAIL, "MAIL_SUBJECT": given}).smtp
    assert smtp is not None
    assert smtp.names_letters is named


def test_letters_come_from_the_login_where_no_sender_is_set() -> None:
    login = {"SMTP_HOST": "h", "SMTP_USERNAME": "me@example.com", "SMTP_PASSWORD": "x"}
    smtp = parse_settings(login).smtp
    assert smtp is not None
    assert smtp.sender == "me@example.com"


@pytest.mark.parametrize(
    ("key", "value", "wants"),
    [
        ("TELEGRAM_BASE_URL", f"ftp://{BAD}", "http:// or https://"),
        ("TELEGRAM_BASE_URL", "https://", "http:// or https://"),
        ("TELEGRAM_BASE_URL", "http://[::1", "http:// or https://"),
        ("TELEGRAM_ALLOW_PLAINTEXT", BAD, "1 or 0"),
        ("SMTP_HOST", "https://mail.example.com", "host"),
        ("SMTP_HOST", "mail.example.com:587", "SMTP_PORT"),
        ("SMTP_HOST", "mail example", "host"),
        ("SMTP_ALLOW_PLAINTEXT", BAD, "1 or 0"),
        ("SMTP_PORT", BAD, "1 to 65,535"),
        ("SMTP_PORT", "0", "1 to 65,535"),
        ("SMTP_PORT", "65536", "1 to 65,535"),
        ("SMTP_SECURITY", BAD, "starttls, tls or none"),
        ("MAIL_FROM", BAD, "address"),
        ("MAIL_FROM", "me@example.com, you@example.com", "address"),
        ("MAIL_FROM", "Me <me@example.com", "address"),
        ("MAIL_FROM", "Me me@example.com", "address"),
        ("MAIL_FROM", "Me, Inc. <me@example.com>", "address"),
        ("MAIL_FROM", "me@example..com", "address"),
        ("MAIL_FROM", "편지@example.com", "address"),
        ("TIMEZONE", BAD, "IANA"),
        ("TIMEZONE", "../etc/passwd", "IANA"),
        ("TIMEZONE", "Asia", "IANA"),
        ("DEFAULT_LANGUAGE", BAD, f"one of {', '.join(LANGUAGES)}"),
        ("REMINDER_DAYS", BAD, "days"),
        ("REMINDER_DAYS", "7,", "days"),
        ("REMINDER_DAYS", "0,7", "days"),
        ("REMINDER_DAYS", "7,3651", "days"),
        ("ADMIN_CHAT_ID", BAD, "@userinfobot"),
        ("ADMIN_CHAT_ID", "-100123", "@userinfobot"),
        ("LOG_LEVEL", BAD, "DEBUG, INFO, WARNING or ERROR"),
        ("TELEGRAM_BOT_TOKEN_FILE", f"/{BAD}", "file"),
        ("SMTP_PASSWORD_FILE", f"/{BAD}", "file"),
        ("SMTP_OAUTH_TOKEN_FILE", f"/{BAD}", "file"),
    ],
)
def test_a_bad_value_names_its_key_and_what_it_wants_and_never_itself(
    key: str, value: str, wants: str
) -> None:
    with pytest.raises(ConfigError) as problem:
        parse_settings({**MAIL, key: value})
    said = str(problem.value)
    assert said.startswith(f"{key} ")
    assert wants in said
    assert BAD not in said
    assert "\n" not in said
    assert problem.value.__cause__ is None


@pytest.mark.parametrize(
    "sender",
    [
        "me@example.com",
        "Me and You <me+you@mail.example.com>",
        '"Me, Inc." <me@example.com>',
        "<me@example.com>",
        "느린우체통 <letters@우체통.한국>",
    ],
)
def test_a_sender_that_is_taken_can_stand_in_a_mail(sender: str) -> None:
    smtp = parse_settings({**MAIL, "MAIL_FROM": sender}).smtp
    assert smtp is not None
    assert mailbox(smtp.sender).address.endswith(f"@{smtp.domain}")


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"SMTP_HOST": "h"}, "MAIL_FROM"),
        ({"SMTP_HOST": "h", "SMTP_USERNAME": "box", "SMTP_PASSWORD": "x"}, "MAIL_FROM"),
        ({**MAIL, "SMTP_USERNAME": BAD}, "SMTP_PASSWORD"),
        ({**MAIL, "SMTP_PASSWORD": BAD}, "SMTP_USERNAME"),
    ],
)
def test_settings_that_go_together_are_asked_for_together(
    environ: dict[str, str], key: str
) -> None:
    with pytest.raises(ConfigError, match=key) as problem:
        parse_settings(environ)
    assert BAD not in str(problem.value)


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    token, password = tmp_path / "token", tmp_path / "password"
    token.write_text("1:from-file\n")
    password.write_text("p4ss\n")
    settings = parse_settings(
        {
            **MAIL,
            "TELEGRAM_BOT_TOKEN": "1:from-environment",
            "TELEGRAM_BOT_TOKEN_FILE": str(token),
            "SMTP_USERNAME": "box",
            "SMTP_PASSWORD_FILE": str(password),
        }
    )
    assert settings.secrets == ("1:from-file", "p4ss")


def test_an_access_token_goes_in_the_place_of_the_password(tmp_path: Path) -> None:
    file = tmp_path / "access-token"
    file.write_text("t0ken\n")
    by_token = {**MAIL, "SMTP_USERNAME": "box", "SMTP_OAUTH_TOKEN_FILE": str(file)}
    smtp = parse_settings(by_token).smtp
    assert smtp is not None
    assert (smtp.username, smtp.password, smtp.oauth_token_file) == ("box", None, file)
    assert "t0ken" not in repr(smtp)
    with pytest.raises(ConfigError, match=r"^SMTP_OAUTH_TOKEN_FILE .* SMTP_PASSWORD"):
        parse_settings({**by_token, "SMTP_PASSWORD": "s3cret"})
    with pytest.raises(ConfigError, match=r"^SMTP_USERNAME and SMTP_OAUTH_TOKEN_FILE "):
        parse_settings({**by_token, "SMTP_USERNAME": ""})


def test_no_secret_is_seen_when_settings_are_printed() -> None:
    settings = parse_settings(
        {
            **MAIL,
            "TELEGRAM_BOT_TOKEN": "1:t0ken",
            "SMTP_USERNAME": "box",
            "SMTP_PASSWORD": "p4ss",
        }
    )
    assert settings.secrets == ("1:t0ken", "p4ss")
    assert not any(secret in repr(settings) for secret in settings.secrets)


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVEL=ERROR\nTIMEZONE=Europe/Berlin\nREMINDER_DAYS\n")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    settings = read_settings(file)
    assert (settings.log_level, settings.zone.key) == ("WARNING", "Europe/Berlin")


def test_a_file_that_is_not_there_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in dotenv_values(EXAMPLE):
        monkeypatch.delenv(key, raising=False)
    assert read_settings(tmp_path / ".env") == parse_settings({})


def test_a_file_that_is_no_text_in_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("SMTP_PASSWORD=비밀\n".encode("cp949"))
    with pytest.raises(ConfigError) as refusal:
        read_settings(file)
    assert str(refusal.value) == f"{file} must be a file that can be read, in UTF-8"


def test_a_folder_in_the_place_of_the_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a file that can be read"):
        read_settings(tmp_path)


def test_a_mark_that_windows_puts_in_front_of_a_file_is_no_part_of_what_it_says(
    tmp_path: Path,
) -> None:
    file, password = tmp_path / ".env", tmp_path / "password"
    file.write_bytes(b"\xef\xbb\xbfTIMEZONE=Europe/Berlin\r\n")
    assert read_settings(file).zone.key == "Europe/Berlin"
    password.write_bytes(b"\xef\xbb\xbfs3cret\r\n")
    settings = parse_settings(
        {
            "SMTP_HOST": "mail.example.com",
            "SMTP_USERNAME": "me@example.com",
            "SMTP_PASSWORD_FILE": str(password),
        }
    )
    assert settings.smtp is not None
    assert settings.smtp.password == "s3cret"


def test_a_line_that_cannot_be_read_is_found_by_its_number_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVEL=ERROR\nSMTP_PASSWORD=\"abc\nthis is none\n# it's a comment\n\n")
    assert unreadable_lines(file) == [2, 3]
    read_settings(file)
    assert not caplog.records
    assert unreadable_lines(EXAMPLE) == []
    assert unreadable_lines(tmp_path / "none") == []


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **values: str) -> None:
        super().__init__(values)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: object = None) -> str:
        self.keys_asked.add(key)
        return super().get(key, str(default))


def test_the_example_lists_exactly_the_settings_there_are() -> None:
    environ = Asked(**MAIL, TELEGRAM_BOT_TOKEN="1:t")
    parse_settings(environ)
    asked = environ.keys_asked
    read = {key for key in asked if key.removesuffix("_FILE") not in asked - {key}}
    assert set(dotenv_values(EXAMPLE)) == read


def test_the_example_shows_the_defaults() -> None:
    shown = {key: value or "" for key, value in dotenv_values(EXAMPLE).items()}
    assert parse_settings(shown) == parse_settings({})
    told = {**MAIL, "TELEGRAM_BOT_TOKEN": "1:t"}
    assert parse_settings({**shown, **told}) == parse_settings(told)
    told["SMTP_SECURITY"] = "tls"
    assert parse_settings({**shown, **told}) == parse_settings(told)


def test_values_are_refused_one_by_one() -> None:
    free = {"DATA_DIR", "MAIL_FROM", "TELEGRAM_BOT_TOKEN"}  # whatever is given may be one
    server = {"SMTP_HOST", "SMTP_USERNAME", "SMTP_PASSWORD"}  # looked at together, or not at all
    for key in set(dotenv_values(EXAMPLE)) - free - server:
        with pytest.raises(ConfigError, match=f"^{key} "):
            parse_settings({key: BAD})
