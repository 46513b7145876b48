"""Whether the mail server would take a letter: tried up to the recipient, told in plain words."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.delivery.outcome import Abandoned, Blame, Cause, LaneFault, Later, Refused, Sent
from bot.delivery.sasl import Mechanism
from bot.delivery.smtp import Limits, SmtpFailure
from bot.delivery.smtp_pool import Pool
from bot.delivery.smtp_replies import Phase
from bot.mail.addresses import mailbox
from bot.settings import Security, SmtpSettings

_CAUSES = {
    Cause.PAUSED: "your provider has paused this account; its console or its support can lift that",
    Cause.QUOTA: "your provider's sending limit is used up; letters wait until there is room again",
    Cause.RELAY: (
        "it passes no mail on for us; SMTP_HOST and SMTP_PORT must be a submission server (587 or"
        " 465) that allows this login, or this machine"
    ),
    Cause.AUTHENTICATION: (
        "SPF, DKIM or DMARC of MAIL_FROM's domain don't fit; set its DNS records as your provider"
        " says"
    ),
    Cause.BLOCKLIST: (
        "the IP address that sends is on a blocklist; have it taken off, or take another server"
    ),
}
_AS_IT_IS = {Mechanism.PLAIN, Mechanism.LOGIN}  # how the password is sent: any account can do that
_SOON = Limits(opening=7, command=7)
"""With these, whoever looks at a wrong password hears of it within ten seconds: a server may hold
its answer back for longer than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying the mail server; `text` is for the operator."""

    ok: bool
    text: str


async def try_server(settings: SmtpSettings, clock: Clock, limits: Limits = _SOON) -> Trial:
    """Log in, and ask whether a letter from MAIL_FROM to itself would be taken; none is sent."""
    server = f"{settings.host}:{settings.port}"
    address = mailbox(settings.sender).address
    pool = Pool(settings, clock, limits)
    try:
        async with pool.session() as session:
            await session.rehearse(address, address)
    except SmtpFailure as end:
        explanation = _explanation(end, settings, pool.login.tried)
        text = f"{server} can't be used ({_reason(end)}): {explanation}"
        return Trial(ok=False, text=text)
    finally:
        await pool.close()
    way = "answers" if settings.username is None else "let us log in"
    return Trial(ok=True, text=f"{server} {way}, and would take a letter from MAIL_FROM")


def _reason(end: SmtpFailure) -> str:
    outcome = end.outcome
    return str(end.phase) if isinstance(outcome, Sent | Abandoned) else outcome.reason


def _explanation(end: SmtpFailure, settings: SmtpSettings, tried: Mechanism | None) -> str:
    fault = _reason(end).removeprefix("smtp-").partition("@")[0]
    if fault == "tls-refused":
        return _of_certificate(settings)
    match end.phase:
        case Phase.GREETING | Phase.EHLO | Phase.STARTTLS:
            return _of_opening(end.phase, fault, settings)
        case Phase.AUTH:
            return _of_login(fault, tried, by_token=settings.oauth_token_file is not None)
        case Phase.MAIL:
            return _of_cause(end) or _of_sender(end, fault, settings)
        case _:
            return _of_cause(end) or _of_recipient(end, settings)


def _of_certificate(settings: SmtpSettings) -> str:
    text = (
        "its certificate isn't trusted for that name; SMTP_HOST must be the name in the"
        " certificate, and SMTP_CA_FILE name a private authority that issued it"
    )
    if settings.security is Security.TLS:
        text += "; or the port isn't one for SMTP_SECURITY=tls, as 587 wants starttls"
    return text


def _of_opening(phase: Phase, fault: str, settings: SmtpSettings) -> str:
    if fault == "unreachable":
        return (
            "nobody answers there; look at SMTP_HOST and SMTP_PORT, and whether a firewall or your"
            " hosting provider blocks that port (25, as a rule)"
        )
    if fault == "extension-missing":
        return (
            "it offers no STARTTLS; take another of its ports (587, or 465 with SMTP_SECURITY=tls),"
            " and if that one should offer it, suspect the network between"
        )
    if fault.startswith("4"):
        return "it takes nobody just now; check again in a few minutes"
    if phase is Phase.GREETING and not fault.startswith("5"):
        return "it doesn't say what a mail server says; port 465 wants SMTP_SECURITY=tls"
    if phase is Phase.EHLO and fault.startswith("5"):
        return f"it refuses a client named {settings.domain}, the domain of MAIL_FROM; correct that"
    if phase is Phase.GREETING:
        return "it refuses this machine; take your provider's submission server (587 or 465)"
    return "the talk broke off; check again, and if it stays so, ask whoever runs the server"


def _of_login(fault: str, tried: Mechanism | None, *, by_token: bool) -> str:
    secret = "SMTP_OAUTH_TOKEN_FILE" if by_token else "SMTP_PASSWORD"
    known = {
        "extension-missing": (
            "it takes no logins on this connection; take its submission port (587 or 465) with"
            f" encryption, or leave SMTP_USERNAME and {secret} empty if it wants none"
        ),
        "mechanism-missing": (
            "it offers no XOAUTH2, the way to log in with a token; use SMTP_PASSWORD"
            if by_token
            else "it takes no password (by SCRAM, PLAIN, CRAM-MD5 or LOGIN); if it offers XOAUTH2,"
            " use SMTP_OAUTH_TOKEN_FILE"
        ),
        "token-unreadable": "SMTP_OAUTH_TOKEN_FILE can't be read, or is empty; write it anew",
        "server-unproven": (
            "it doesn't know the password that it should; make sure that SMTP_HOST is your server"
        ),
        "setting-unusable": f"SMTP_USERNAME or {secret} has characters that can't be sent",
        "silence": (
            "it holds its answer to the login back, as servers do for a wrong username or password;"
            f" look at SMTP_USERNAME and {secret}, and check again in a minute"
        ),
    }
    if fault in known:
        return known[fault]
    if fault.startswith("538"):
        return "it wants an encrypted connection for the login; set SMTP_SECURITY"
    if not fault.startswith("5"):
        return "it can't say just now whether the login is right; check again in a few minutes"
    if by_token:
        return (
            "the access token is refused; it has run out, or is not for sending mail as"
            " SMTP_USERNAME: have SMTP_OAUTH_TOKEN_FILE written anew"
        )
    text = (
        "wrong username or password; correct SMTP_USERNAME and SMTP_PASSWORD (with two-step login,"
        " providers want an app password here)"
    )
    if tried not in _AS_IT_IS:
        text += (
            f"; or this account can't log in by {tried}, and the bot's next try by another way does"
        )
    return text


def _of_cause(end: SmtpFailure) -> str | None:
    """Return what to do about a cause that the server named, whomever it said it of."""
    outcome = end.outcome
    return _CAUSES.get(outcome.cause) if isinstance(outcome, Refused | LaneFault) else None


def _of_sender(end: SmtpFailure, fault: str, settings: SmtpSettings) -> str:
    if isinstance(end.outcome, Later):
        return "it takes no mail for now; letters would wait, so check again in a few minutes"
    if settings.username is None and fault.startswith("530"):
        return "it wants a login; set SMTP_USERNAME and SMTP_PASSWORD"
    return "it refuses MAIL_FROM as the sender; use an address that this account may send from"


def _of_recipient(end: SmtpFailure, settings: SmtpSettings) -> str:
    match end.outcome:
        case Later():
            return (
                "it puts off a mail to MAIL_FROM's own address, for a limit or to see whether it is"
                " tried again; letters would wait, so check again in a few minutes"
            )
        case Refused(blame=Blame.ADDRESS, cause=Cause.RECIPIENTS | Cause.UNKNOWN):
            return (
                "MAIL_FROM's own address takes no mail; make that mailbox or use another, for"
                " bounces come back to it and some servers refuse senders that take none"
            )
        case _ if settings.username is None:
            return "its rules forbid it; if it wants a login, set SMTP_USERNAME and SMTP_PASSWORD"
        case _:
            return "its rules forbid it; make sure that this account may send, and from MAIL_FROM"
