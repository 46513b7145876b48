"""All that a mail server may do at each of its phases, through the real lane into the store.

A letter is due on both channels. Whatever the server does to the mail, the store says the right
thing of it, no phase outlasts its limit, nothing in doubt is kept open, and the chat goes its way.
The table is read from RFC 5321 (4.2, 4.5.4.1, 6.1), RFC 3463 and design.md, not from the code.
"""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.messages.address_wanted import AddressRefused
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.settings import Security
from tests.support.app import Harness
from tests.support.certificates import write_authority
from tests.support.delivery_side import Lanes
from tests.support.faults import (
    Fault,
    accept_then_drop,
    drop,
    endless_lines,
    garbage,
    huge_banner,
    reset,
    silence,
    trickle,
)
from tests.support.sealed_letters import WORDS
from tests.support.settings import smtp_settings
from tests.support.smtp import Phase, reply
from tests.support.smtp_cases import CASES, Case, Meaning, limits_for
from tests.support.smtpd import ScriptedSmtp
from tests.support.tuning import tuned

BEYOND_ALL_LIMITS = 60.0  # seconds: more than any machine needs

PHASES = (
    Phase.GREETING,
    Phase.EHLO,
    Phase.STARTTLS,
    Phase.AUTH,
    Phase.MAIL,
    Phase.RCPT,
    Phase.DATA,
    Phase.FINAL_DOT,
)
MEANINGS = {
    "lane": Meaning.LANE,
    "later": Meaning.LATER,
    "doubt": Meaning.DOUBT,
    "addr": Meaning.BAD_ADDRESS,
    "text": Meaning.BAD_CONTENT,
}
FAULTS: dict[str, Fault] = {
    "drop": drop(),
    "reset": reset(),
    "silence": silence(),
    "byte-a-second": trickle(seconds=1),
    "huge-banner": huge_banner(),
    "endless": endless_lines(),
    "garbage": garbage(),
    "421-4.3.2": reply(421, "4.3.2"),
    "450-4.2.0": reply(450, "4.2.0"),
    "451-4.7.1": reply(451, "4.7.1"),
    "452-4.2.2": reply(452, "4.2.2"),
    "550": reply(550),
    "550-5.1.1": reply(550, "5.1.1"),
    "552-5.2.2": reply(552, "5.2.2"),
    "553-5.1.3": reply(553, "5.1.3"),
    "554": reply(554),
    "554-5.7.1": reply(554, "5.7.1"),
}
TABLE = """
                greeting  ehlo   starttls  auth   mail   rcpt   data   final-dot
drop            lane      lane   lane      lane   later  later  later  doubt
reset           lane      lane   lane      lane   later  later  later  doubt
silence         lane      lane   lane      lane   later  later  later  doubt
byte-a-second   lane      lane   lane      lane   later  later  later  doubt
huge-banner     lane      lane   lane      lane   later  later  later  doubt
endless         lane      lane   lane      lane   later  later  later  doubt
garbage         lane      lane   lane      lane   later  later  later  doubt
421-4.3.2       lane      lane   lane      lane   later  later  later  later
450-4.2.0       lane      lane   lane      lane   later  later  later  later
451-4.7.1       lane      lane   lane      lane   later  later  later  later
452-4.2.2       lane      lane   lane      lane   later  later  later  later
550             lane      lane   lane      lane   lane   addr   text   text
550-5.1.1       lane      lane   lane      lane   lane   addr   addr   addr
552-5.2.2       lane      lane   lane      lane   later  later  later  later
553-5.1.3       lane      lane   lane      lane   lane   addr   addr   addr
554             lane      lane   lane      lane   lane   addr   text   text
554-5.7.1       lane      lane   lane      lane   lane   lane   lane   lane
"""


def _cases() -> Iterator[Case]:
    rows = [line.split() for line in TABLE.strip().splitlines()[1:]]
    for name, *meanings in rows:
        for phase, meaning in zip(PHASES, meanings, strict=True):
            yield Case(phase=phase, fault=FAULTS[name], meaning=MEANINGS[meaning])


GRID = tuple(_cases())
_OF_THE_GRID = {str(case) for case in GRID}
REST = tuple(case for case in CASES if str(case) not in _OF_THE_GRID)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("case", [*GRID, *REST], ids=str)
async def test_what_the_mail_server_does_is_understood_and_the_chat_goes_its_way(
    case: Case, harness: Harness, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = limits_for(case, monkeypatch)
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        server.fault(case.phase, case.fault)
        async with harness.lanes(
            smtp=smtp_settings(server, security=Security.STARTTLS),
            tuning=tuned(limits=limits),
            admin=None,
        ) as lanes:
            await lanes.seal()
            async with asyncio.timeout(BEYOND_ALL_LIMITS):
                await lanes.sweep()
                if not _is_clear_no(case):
                    await server.wait_until_idle()
            assert server.connections.value == 1
            await _check_the_mail(lanes, case)
            await _check_the_chat(lanes, telegram)
            assert not server.accepted or case.meaning is Meaning.DOUBT
            if case.meaning in {Meaning.BAD_ADDRESS, Meaning.BAD_CONTENT}:
                await _check_once_others_get_through(lanes, server, case)


def _pause(reason: str) -> float:
    """Return the seconds until the lane tries again: soon, if the server just went away."""
    return 60 if re.match(r"smtp-([0-9]|tls|extension|login|silence@auth)", reason) else 1


async def _check_the_mail(lanes: Lanes, case: Case) -> None:
    mail = await lanes.row_of(Channel.EMAIL)
    health = lanes.health(Channel.EMAIL)
    wait = mail.next_at - lanes.clock.now()
    refused = _is_said_of_one(case)
    lane = case.meaning is Meaning.LANE and not refused
    tried = case.meaning in {Meaning.LATER, Meaning.DOUBT}
    assert mail.state is State.RETRY
    assert mail.failures == (1 if tried else 0)
    assert mail.doubts == (1 if case.meaning is Meaning.DOUBT else 0)
    assert mail.reason is not None
    assert mail.reason.endswith(f"@{_named(case.phase)}")
    assert health.trouble == (mail.reason if lane else None)
    assert health.held_for == (_pause(mail.reason) if lane else 0)
    if lane:
        assert wait.total_seconds() == health.held_for
    if refused:
        assert wait == timedelta(minutes=1)
    if tried and mail.reason.startswith("smtp-dropped") and not mail.doubts:
        assert wait == timedelta(seconds=5)
    elif tried:
        assert abs(wait - timedelta(minutes=5)) <= timedelta(seconds=30)


async def _check_the_chat(lanes: Lanes, telegram: Telegram) -> None:
    assert (await lanes.row_of(Channel.CHAT)).state is State.SENT
    assert await _notes(lanes) == []
    [reminder] = telegram.messages
    assert WORDS in reminder.text


async def _check_once_others_get_through(lanes: Lanes, server: ScriptedSmtp, case: Case) -> None:
    """Show that the same refusal is the address's, of which that is one day, or the letter's.

    Where its words were clear it is tried again as soon as the other is through.
    """
    server.heal()
    await lanes.seal(2)
    await lanes.sweep()
    mail, other = await lanes.rows_of(Channel.EMAIL)
    assert other.state is State.SENT
    assert (mail.state is State.SENT) is (
        " 5." in case.fault.name and "5.6.0" not in case.fault.name
    )
    if mail.state is State.SENT:
        return
    server.fault(case.phase, case.fault, times=1)
    await lanes.pass_time(timedelta(minutes=1))
    mail, other = await lanes.rows_of(Channel.EMAIL)
    if case.meaning is Meaning.BAD_CONTENT:
        assert mail.state is State.FAILED
        assert await _notes(lanes) == [MailGivenUp.kind]
    else:
        assert (mail.state, mail.failures) == (State.RETRY, 1)
        assert await _notes(lanes) == []


async def _notes(lanes: Lanes) -> list[str]:
    return [
        note.kind
        for kind in (AddressRefused.kind, MailGivenUp.kind, MailInDoubt.kind)
        for note in await lanes.rows_of(Channel.CHAT, kind)
    ]


def _is_clear_no(case: Case) -> bool:
    """Return whether the server refused this letter in so many words: it may take others still."""
    replied = case.fault.name[0].isdigit() and not case.fault.name.startswith(("421", "354"))
    return replied and case.phase in {Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.FINAL_DOT}


def _is_said_of_one(case: Case) -> bool:
    """Return whether it is said of this recipient or letter, so that others may get through."""
    after_mail = case.phase in {Phase.RCPT, Phase.DATA, Phase.FINAL_DOT}
    lane_after_mail = case.meaning is Meaning.LANE and after_mail
    return lane_after_mail or case.meaning in {Meaning.BAD_ADDRESS, Meaning.BAD_CONTENT}


def _named(phase: Phase) -> str:
    """Return a phase as reasons name it: what follows the acceptance is still the final dot."""
    return "final-dot" if phase in {Phase.FINAL_DOT, Phase.ACCEPTED} else phase.value


def test_the_table_has_thirteen_faults_and_more_at_each_of_the_eight_phases() -> None:
    assert len(PHASES) == 8
    assert len(FAULTS) >= 13
    assert len(_OF_THE_GRID) == len(FAULTS) * len(PHASES)


@pytest.mark.usefixtures("trusted")
async def test_a_mail_lost_sight_of_goes_once_more_and_no_third_time(
    harness: Harness, telegram: Telegram
) -> None:
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        server.fault(Phase.FINAL_DOT, accept_then_drop())
        async with harness.lanes(smtp=smtp_settings(server, security=Security.STARTTLS)) as lanes:
            await lanes.seal()
            await lanes.sweep()
            await lanes.pass_time(timedelta(days=6), step=timedelta(hours=1))
            mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.reason, mail.doubts) == (State.FAILED, "unconfirmed", 2)
    assert len(server.accepted) == 2
    assert len({each.message["Message-ID"] for each in server.accepted}) == 1
    assert [each for each in telegram.messages if "never heard that it was taken" in each.text]
