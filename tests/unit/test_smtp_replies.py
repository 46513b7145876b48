"""What a mail server's replies mean, as a table (RFC 5321 4.2.3, RFC 3463)."""

from dataclasses import replace

import pytest

from bot.delivery.outcome import Blame, Cause, Clarity, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.smtp_replies import Phase, classify_break, classify_reply

OPENING = (Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH)
LETTER = (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.FINAL_DOT)


def later(reason: str, *, doubt: bool = False) -> Later:
    return Later(reason=reason, doubt=doubt)


def address(reason: str, *, clear: bool = False) -> Refused:
    return refused(reason, Blame.ADDRESS, clear=clear)


def content(reason: str, *, clear: bool = False) -> Refused:
    return refused(reason, Blame.CONTENT, clear=clear)


def refused(reason: str, blame: Blame, *, clear: bool) -> Refused:
    """Return what is said of a recipient or letter, clearly or not."""
    named = clear and blame is Blame.ADDRESS
    return Refused(
        reason=reason,
        blame=blame,
        clarity=Clarity.CLEAR if clear else Clarity.UNCLEAR,
        cause=Cause.RECIPIENTS if named else Cause.UNKNOWN,
    )


def policy(reason: str, blame: Blame) -> Refused:
    return Refused(reason=reason, blame=blame, cause=Cause.POLICY)


def operators(reason: str, cause: Cause, blame: Blame = Blame.ADDRESS) -> Refused:
    return Refused(reason=reason, blame=blame, clarity=Clarity.OPERATORS, cause=cause)


def passing(reason: str) -> Refused:
    """Return what is said of all mail from here, for now."""
    return replace(operators(reason, Cause.QUOTA, Blame.CONTENT), passes=True)


def share(reason: str) -> LaneFault:
    return LaneFault(reason=reason, cause=Cause.QUOTA)


def urgent(reason: str, cause: Cause = Cause.UNKNOWN) -> LaneFault:
    return LaneFault(reason=reason, urgent=True, cause=cause)


@pytest.mark.parametrize(
    ("phase", "code", "text", "expected"),
    [
        (Phase.FINAL_DOT, 250, "2.0.0 queued", Sent()),
        (Phase.FINAL_DOT, 251, "", Sent()),
        # before the server has heard of a letter, nothing is the letter's fault
        (Phase.GREETING, 554, "", LaneFault(reason="smtp-554@greeting")),
        (Phase.GREETING, 421, "4.3.2 busy", LaneFault(reason="smtp-421-4.3.2@greeting")),
        (Phase.EHLO, 550, "5.7.1 no", LaneFault(reason="smtp-550-5.7.1@ehlo", cause=Cause.POLICY)),
        (Phase.STARTTLS, 454, "4.7.0", LaneFault(reason="smtp-454-4.7.0@starttls")),
        (Phase.STARTTLS, 502, "", urgent("smtp-502@starttls")),
        (Phase.AUTH, 454, "4.7.0", LaneFault(reason="smtp-454-4.7.0@auth")),
        (Phase.AUTH, 535, "5.7.8 who?", urgent("smtp-535-5.7.8@auth", Cause.LOGIN)),
        # the operator's login, wherever it comes up
        (Phase.MAIL, 530, "5.7.0 log in", urgent("smtp-530-5.7.0@mail", Cause.LOGIN)),
        (Phase.RCPT, 530, "", operators("smtp-530@rcpt", Cause.LOGIN)),
        (Phase.MAIL, 535, "", urgent("smtp-535@mail", Cause.LOGIN)),
        (Phase.RCPT, 534, "5.7.9", operators("smtp-534-5.7.9@rcpt", Cause.LOGIN)),
        (Phase.RCPT, 538, "5.7.11", operators("smtp-538-5.7.11@rcpt", Cause.LOGIN)),
        # policy: the sender's as a rule, one letter's perhaps
        (Phase.MAIL, 550, "5.7.1", urgent("smtp-550-5.7.1@mail", Cause.SENDER)),
        (Phase.RCPT, 550, "5.7.1", policy("smtp-550-5.7.1@rcpt", Blame.ADDRESS)),
        (Phase.DATA, 554, "5.7.1", policy("smtp-554-5.7.1@data", Blame.CONTENT)),
        (
            Phase.FINAL_DOT,
            550,
            "5.7.26",
            operators("smtp-550-5.7.26@final-dot", Cause.AUTHENTICATION, Blame.CONTENT),
        ),
        # the sender's address; a server that is full may be so for one letter
        (
            Phase.RCPT,
            550,
            "5.1.8 bad outbound sender",
            operators("smtp-550-5.1.8@rcpt", Cause.PAUSED),
        ),
        (Phase.RCPT, 550, "5.1.8", operators("smtp-550-5.1.8@rcpt", Cause.SENDER)),
        (Phase.RCPT, 553, "5.1.7", operators("smtp-553-5.1.7@rcpt", Cause.SENDER)),
        (Phase.FINAL_DOT, 554, "5.3.2", content("smtp-554-5.3.2@final-dot")),
        (Phase.DATA, 552, "5.3.1", content("smtp-552-5.3.1@data")),
        # the account's share for today is sent: never one letter's fault, however often it meets it
        (
            Phase.RCPT,
            550,
            "5.4.5 Daily user sending limit",
            operators("smtp-550-5.4.5@rcpt", Cause.QUOTA),
        ),
        (
            Phase.FINAL_DOT,
            550,
            "5.4.5",
            operators("smtp-550-5.4.5@final-dot", Cause.QUOTA, Blame.CONTENT),
        ),
        # ... said with a 4xx: it passes, and is nobody's
        (Phase.AUTH, 454, "4.7.0 sending quota exceeded", share("smtp-454-4.7.0@auth")),
        (
            Phase.MAIL,
            454,
            "Throttling failure: Daily message quota exceeded",
            share("smtp-454@mail"),
        ),
        (Phase.RCPT, 450, "4.2.1 too many messages per hour", passing("smtp-450-4.2.1@rcpt")),
        (
            Phase.FINAL_DOT,
            454,
            "Throttling failure: Daily message quota exceeded",
            passing("smtp-454@final-dot"),
        ),
        (
            Phase.FINAL_DOT,
            421,
            "4.7.28 an unusual rate of unsolicited mail. It has been temporarily rate limited.",
            passing("smtp-421-4.7.28@final-dot"),
        ),
        (Phase.RCPT, 450, "4.2.1 is receiving mail too quickly", later("smtp-450-4.2.1@rcpt")),
        # not now
        (Phase.MAIL, 451, "4.3.0", later("smtp-451-4.3.0@mail")),
        (Phase.RCPT, 450, "", later("smtp-450@rcpt")),
        (Phase.RCPT, 452, "4.2.2", later("smtp-452-4.2.2@rcpt")),
        (Phase.RCPT, 550, "5.4.4", later("smtp-550-5.4.4@rcpt")),
        (Phase.RCPT, 552, "5.2.2", later("smtp-552-5.2.2@rcpt")),
        (Phase.RCPT, 552, "", later("smtp-552@rcpt")),
        (Phase.DATA, 503, "5.5.1", later("smtp-503-5.5.1@data")),
        (Phase.MAIL, 500, "", later("smtp-500@mail")),
        (Phase.MAIL, 502, "", later("smtp-502@mail")),
        (Phase.RCPT, 504, "", later("smtp-504@rcpt")),
        (Phase.RCPT, 555, "", later("smtp-555@rcpt")),
        (Phase.FINAL_DOT, 451, "4.7.1 greylisted", later("smtp-451-4.7.1@final-dot")),
        # who knows
        (Phase.FINAL_DOT, 354, "", later("smtp-354@final-dot", doubt=True)),
        (Phase.FINAL_DOT, 150, "", later("smtp-150@final-dot", doubt=True)),
        (Phase.RCPT, 354, "", later("smtp-354@rcpt")),
        (Phase.DATA, 250, "", later("smtp-250@data")),
        # never to this address
        (Phase.RCPT, 550, "", address("smtp-550@rcpt")),
        (Phase.RCPT, 550, "5.1.1 unknown", address("smtp-550-5.1.1@rcpt", clear=True)),
        (Phase.RCPT, 550, " 5.1.1 unknown", address("smtp-550-5.1.1@rcpt", clear=True)),
        (Phase.RCPT, 551, "", address("smtp-551@rcpt")),
        (Phase.RCPT, 553, "5.1.3", address("smtp-553-5.1.3@rcpt", clear=True)),
        (Phase.RCPT, 550, "5.2.1", address("smtp-550-5.2.1@rcpt", clear=True)),
        (Phase.FINAL_DOT, 550, "5.1.1", address("smtp-550-5.1.1@final-dot", clear=True)),
        (Phase.DATA, 550, "5.2.1", address("smtp-550-5.2.1@data", clear=True)),
        # never with this content
        (Phase.FINAL_DOT, 554, "", content("smtp-554@final-dot")),
        (Phase.FINAL_DOT, 554, "5.6.0", content("smtp-554-5.6.0@final-dot")),
        (Phase.MAIL, 552, "5.3.4", content("smtp-552-5.3.4@mail", clear=True)),
        (Phase.RCPT, 552, "5.2.3", content("smtp-552-5.2.3@rcpt", clear=True)),
        # the sender is the operator's
        (Phase.MAIL, 550, "", urgent("smtp-550@mail", Cause.SENDER)),
        (Phase.MAIL, 553, "5.1.8", urgent("smtp-553-5.1.8@mail", Cause.SENDER)),
    ],
)
def test_a_reply_means(phase: Phase, code: int, text: str, expected: Outcome) -> None:
    assert classify_reply(phase, code, text) == expected


@pytest.mark.parametrize("phase", OPENING)
@pytest.mark.parametrize("code", [220, 421, 450, 451, 452, 500, 530, 535, 550, 552, 554])
def test_no_reply_before_the_letter_is_the_letters_fault(phase: Phase, code: int) -> None:
    assert isinstance(classify_reply(phase, code, ""), LaneFault)


@pytest.mark.parametrize("phase", LETTER)
@pytest.mark.parametrize("code", [400, 421, 450, 451, 452, 454, 499])
def test_a_passing_reply_to_the_letter_is_no_doubt(phase: Phase, code: int) -> None:
    assert classify_reply(phase, code, "") == Later(reason=f"smtp-{code}@{phase}")


@pytest.mark.parametrize(
    "text",
    [
        "me@example.com doesn't live here, 5.1.1 or not",
        "no such user me@example.com",
        "5.1.1.9.9",
        "15.1.1",
        "5.1",
    ],
)
def test_a_reason_holds_nothing_of_the_servers_own_words(text: str) -> None:
    outcome = classify_reply(Phase.RCPT, 550, text)
    assert isinstance(outcome, Refused)
    assert outcome.reason in {"smtp-550@rcpt", "smtp-550-5.1.1@rcpt"}


@pytest.mark.parametrize("kind", ["silence", "dropped", "garbled"])
@pytest.mark.parametrize("phase", Phase)
def test_a_break_is_the_lanes_then_passing_then_doubt(phase: Phase, kind: str) -> None:
    reason = f"smtp-{kind}@{phase}"
    expected: Outcome
    if phase in OPENING:
        held_back = (phase, kind) == (Phase.AUTH, "silence")  # as after a wrong password
        cause = Cause.LOGIN if held_back else Cause.UNREACHABLE
        expected = LaneFault(reason=reason, cause=cause)
    else:
        doubt = phase is Phase.FINAL_DOT
        expected = Later(reason=reason, doubt=doubt, cut_off=kind == "dropped" and not doubt)
    assert classify_break(phase, kind) == expected
