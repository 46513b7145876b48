"""The settings that lead to a test's own servers."""

from bot.settings import Security, SmtpSettings
from tests.support.bot_api import TOKEN
from tests.support.loopback import HOST
from tests.support.smtpd import ScriptedSmtp

SENDER = "Slow Mailbox <letters@mailbox.example>"


def environ_of(*, smtp_port: int, api: str | None = None, token: str = TOKEN) -> dict[str, str]:
    """Return an operator's settings; `api` is the Bot API's address, by default Telegram's own."""
    return {
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(smtp_port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": SENDER,
        "ADDRESS_DNS": "0",
        "TELEGRAM_BOT_TOKEN": token,
        **({"TELEGRAM_BASE_URL": api} if api else {}),
    }


def smtp_settings(server: ScriptedSmtp, *, security: Security = Security.NONE) -> SmtpSettings:
    """Return how a server on loopback is reached, with the login it asks for."""
    user, password = next(iter((server.credentials or {}).items()), (None, None))
    return SmtpSettings(
        host=HOST,
        port=server.port,
        username=user,
        password=password,
        security=security,
        sender=SENDER,
    )
