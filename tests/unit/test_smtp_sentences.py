"""What providers' sentences mean: their replies as they are quoted, and words that mean nothing."""

import time

import pytest

from bot.delivery.outcome import Blame, Cause, Clarity, LaneFault, Later, Refused
from bot.delivery.smtp_replies import Phase, classify_reply
from bot.delivery.smtp_sentences import Says, said_in, sentences
from tests.support.provider_replies import FULL, OPERATORS, RECIPIENTS, SHARE, TOO_FAST, Quoted

AFTER_MAIL = (Phase.RCPT, Phase.DATA, Phase.FINAL_DOT)


@pytest.mark.parametrize("quoted", [*OPERATORS, *RECIPIENTS, *FULL, *TOO_FAST], ids=str)
def test_a_provider_says(quoted: Quoted) -> None:
    assert said_in(quoted.words) is quoted.says


@pytest.mark.parametrize("phase", AFTER_MAIL)
@pytest.mark.parametrize("quoted", OPERATORS, ids=str)
def test_what_the_operator_must_mend_is_never_a_recipients_fault(
    quoted: Quoted, phase: Phase
) -> None:
    outcome = classify_reply(phase, quoted.code, quoted.words)
    assert isinstance(outcome, Refused)
    assert (outcome.clarity, outcome.cause) == (Clarity.OPERATORS, quoted.cause)
    assert outcome.words == quoted.words


@pytest.mark.parametrize("quoted", OPERATORS, ids=str)
def test_what_the_operator_must_mend_stops_the_lane_where_no_recipient_was_named(
    quoted: Quoted,
) -> None:
    outcome = classify_reply(Phase.MAIL, quoted.code, quoted.words)
    assert isinstance(outcome, LaneFault)
    assert (outcome.urgent, outcome.cause) == (True, quoted.cause)


@pytest.mark.parametrize("phase", AFTER_MAIL)
@pytest.mark.parametrize("quoted", RECIPIENTS, ids=str)
def test_what_names_the_recipient_is_the_addresss_fault(quoted: Quoted, phase: Phase) -> None:
    outcome = classify_reply(phase, quoted.code, quoted.words)
    assert isinstance(outcome, Refused)
    assert (outcome.blame, outcome.clarity) == (Blame.ADDRESS, Clarity.CLEAR)
    assert outcome.cause is Cause.RECIPIENTS


@pytest.mark.parametrize("phase", AFTER_MAIL)
@pytest.mark.parametrize("quoted", [*FULL, *TOO_FAST], ids=str)
def test_what_passes_is_tried_again(quoted: Quoted, phase: Phase) -> None:
    assert isinstance(classify_reply(phase, quoted.code, quoted.words), Later)


@pytest.mark.parametrize("phase", AFTER_MAIL)
@pytest.mark.parametrize("quoted", SHARE, ids=str)
def test_a_share_that_is_used_up_may_be_said_with_a_4xx(quoted: Quoted, phase: Phase) -> None:
    outcome = classify_reply(phase, 451, quoted.words)
    assert isinstance(outcome, Refused)
    assert outcome.passes
    assert (outcome.clarity, outcome.cause) == (Clarity.OPERATORS, Cause.QUOTA)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "so says the script",
        "Requested action not taken: mailbox unavailable",
        "5.7.1 Message rejected",
        "transaction failed",
        "relay, not permitted",
        "5.1.1",
    ],
)
def test_words_that_decide_nothing_say_nothing(words: str) -> None:
    assert said_in(words) is None


@pytest.mark.parametrize(
    "address",
    [
        "relay-not-permitted@example.com",
        '"relay not permitted"@example.com',
        "mailbox.full@example.com",
        "spamhaus@example.com",
    ],
)
def test_an_address_puts_no_words_in_the_servers_mouth(address: str) -> None:
    assert said_in(f"5.1.1 <{address.replace(' ', '.')}>: User unknown") is Says.NOBODY


def test_a_phrase_is_found_over_lines_and_letters_of_any_size() -> None:
    assert said_in("5.1.1 The USER is\r\n5.1.1 of course\n5.1.1 User\n5.1.1 Unknown") is Says.NOBODY


def test_what_is_far_down_a_long_reply_is_passed_over() -> None:
    assert said_in("x " * 250 + "user unknown") is None


def test_the_longest_of_replies_takes_no_time() -> None:
    began = time.process_time()
    for _ in range(20):
        said_in("sender " * 50_000 + "@" * 50_000)
    assert time.process_time() - began < 1


def test_the_table_holds_each_phrase_once_as_it_is_looked_for() -> None:
    phrases = [phrase for _, group in sentences() for phrase in group]
    assert len(phrases) == len(set(phrases)) > 200
    for phrase in phrases:
        assert phrase == " ".join(phrase.casefold().split())
        assert "@" not in phrase
        assert all(phrase.split(" * "))


def test_each_meaning_is_in_the_table() -> None:
    assert {says for says, _ in sentences()} == set(Says)
