"""The table of what a mail server may do, held to the real session over real sockets."""

import pytest

from bot.clock import SystemClock
from bot.delivery.outcome import Outcome
from bot.delivery.smtp import Limits, Session, SmtpFailure
from bot.delivery.smtp_login import Login
from bot.mail.compose import Envelope
from bot.settings import Security, SmtpSettings
from tests.support.certificates import client_context
from tests.support.smtp_cases import CASES, Case, Meaning, limits_for, meaning_of
from tests.support.smtpd import ScriptedSmtp

ENVELOPE = Envelope(
    sender="box@example.com",
    recipient="me@example.com",
    content=b"Subject: hi\r\n\r\n.Run every morning\r\n",
    smtputf8=False,
)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_the_server_does_is_understood(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = limits_for(case, monkeypatch)
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        server.fault(case.phase, case.fault)
        meaning = meaning_of(await outcome_of_one_letter(server, limits))
        await server.wait_until_idle()
    assert meaning is case.meaning
    assert not server.accepted or meaning is Meaning.DOUBT


async def test_a_server_without_a_fault_takes_the_letter() -> None:
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        assert meaning_of(await outcome_of_one_letter(server, Limits())) is Meaning.SENT
    assert [accepted.content for accepted in server.accepted] == [ENVELOPE.content]


async def outcome_of_one_letter(server: ScriptedSmtp, limits: Limits) -> Outcome:
    settings = SmtpSettings(
        host="localhost",
        port=server.port,
        username="box",
        password="s3cret",
        security=Security.STARTTLS,
        sender="box@example.com",
    )
    try:
        session = await Session.open(
            settings, Login(settings, SystemClock()), client_context(), limits
        )
    except SmtpFailure as end:
        return end.outcome
    try:
        return await session.submit(ENVELOPE, ours)
    except SmtpFailure as end:
        return end.outcome
    finally:
        session.close()


async def ours() -> bool:
    return True
