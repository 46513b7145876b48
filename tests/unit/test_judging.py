"""Whether a refusal is believed: the rule as a table, and what a lane's judge remembers for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.delivery.judging import Evidence, Judge, Ruling, Verdict, patience_for, verdict
from bot.delivery.outcome import Blame, Cause, Clarity, Refused
from bot.delivery.retry import RetryPolicy
from bot.letters import Channel
from bot.store.deliveries import Delivery, MailTo, Recipient
from tests.support.clock import ManualClock
from tests.support.sealed_letters import A_DELIVERY, SEOUL

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

NOBODY = Refused(
    reason="smtp-550-5.1.1@rcpt", blame=Blame.ADDRESS, clarity=Clarity.CLEAR, cause=Cause.RECIPIENTS
)
ODD = Refused(reason="smtp-550@rcpt", blame=Blame.ADDRESS)
ODD_LETTER = Refused(reason="smtp-554@final-dot", blame=Blame.CONTENT)
QUOTA = Refused(
    reason="smtp-550@rcpt", blame=Blame.ADDRESS, clarity=Clarity.OPERATORS, cause=Cause.QUOTA
)
BLOCKED = Refused(reason="telegram-403", blame=Blame.PERSON, clarity=Clarity.CERTAIN)
FORBIDDEN = Refused(reason="telegram-403", blame=Blame.PERSON)

BELIEVED, ALONE, EVERYBODY = Verdict


THROTTLED = replace(QUOTA, reason="smtp-454@rcpt", passes=True)

# ---- The rule ----


@pytest.mark.parametrize(
    ("met", "expected"),
    [
        # the words name the recipient
        ({"clarity": Clarity.CLEAR}, ALONE),
        ({"clarity": Clarity.CLEAR, "again": True}, ALONE),
        ({"clarity": Clarity.CLEAR, "again": True, "waited": True}, BELIEVED),
        ({"clarity": Clarity.CLEAR, "waited": True}, ALONE),
        ({"clarity": Clarity.CLEAR, "passed": True, "near": True}, ALONE),
        ({"clarity": Clarity.CLEAR, "again": True, "passed": True, "near": True}, BELIEVED),
        ({"clarity": Clarity.CLEAR, "again": True, "passed": True}, ALONE),
        ({"clarity": Clarity.CLEAR, "others": True}, EVERYBODY),
        (
            {"clarity": Clarity.CLEAR, "others": True, "again": True, "waited": True},
            EVERYBODY,
        ),
        ({"clarity": Clarity.CLEAR, "crowded": True, "again": True, "waited": True}, ALONE),
        # they don't
        ({"clarity": Clarity.UNCLEAR}, ALONE),
        ({"clarity": Clarity.UNCLEAR, "again": True, "waited": True}, ALONE),
        ({"clarity": Clarity.UNCLEAR, "again": True, "passed": True, "near": True}, ALONE),
        ({"clarity": Clarity.UNCLEAR, "again": True, "waited": True, "passed": True}, BELIEVED),
        ({"clarity": Clarity.UNCLEAR, "others": True}, EVERYBODY),
        # they name what the operator must mend
        ({"clarity": Clarity.OPERATORS}, ALONE),
        ({"clarity": Clarity.OPERATORS, "others": True}, EVERYBODY),
    ],
    ids=str,
)
def test_of_what_is_known_this_is_believed(met: dict[str, Any], expected: Verdict) -> None:
    assert verdict(replace(Evidence(clarity=Clarity.UNCLEAR), **met)) is expected


def all_evidence(clarity: Clarity) -> Iterator[Evidence]:
    names = ("others", "crowded", "again", "waited", "passed", "near")
    for values in product((False, True), repeat=len(names)):
        yield Evidence(clarity=clarity, **dict(zip(names, values, strict=True)))


def test_what_is_certain_is_believed_whatever_else_is_known() -> None:
    assert {verdict(each) for each in all_evidence(Clarity.CERTAIN)} == {BELIEVED}


def test_what_the_operator_must_mend_is_believed_of_nobody() -> None:
    assert BELIEVED not in {verdict(each) for each in all_evidence(Clarity.OPERATORS)}


@pytest.mark.parametrize("clarity", [Clarity.CLEAR, Clarity.UNCLEAR])
def test_nothing_is_believed_at_the_first_try_or_while_others_meet_the_same(
    clarity: Clarity,
) -> None:
    for each in all_evidence(clarity):
        if each.others or each.crowded or not each.again:
            assert verdict(each) is not BELIEVED


def test_what_cannot_be_judged_is_tried_for_five_days_every_half_hour_at_last() -> None:
    policy = patience_for(RetryPolicy())
    waits = [policy.wait(number) for number in range(1, 8)]
    assert [wait and wait / MINUTE for wait in waits] == [1, 2, 4, 8, 16, 30, 30]
    total = timedelta()
    number = 1
    while wait := policy.wait(number):
        total += wait
        number += 1
    assert 5 * DAY <= total <= 5 * DAY + HOUR


# ---- The memory ----


def mail(number: int, address: str = "", *, person_id: int | None = None) -> Delivery:
    """Return a mail to `p<number>@example.com`, or another address, of a person of that number."""
    person = person_id or number
    mail_to = MailTo(
        id=number,
        address=address or f"p{number}@example.com",
        suppressed=False,
        unsubscribe_token="t",
    )
    recipient = Recipient(id=person, language="en", zone=SEOUL, hour=None, blocked=False)
    return replace(A_DELIVERY, id=number, channel=Channel.EMAIL, person=recipient, mail_to=mail_to)


def chat(number: int) -> Delivery:
    recipient = Recipient(id=number, language="en", zone=SEOUL, hour=None, blocked=False)
    return replace(A_DELIVERY, id=number, person=recipient)


class JudgeDriver:
    """A judge, and attempts that begin and end one after another."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.judge = Judge(clock)

    def refuse(self, delivery: Delivery, no: Refused = NOBODY) -> Verdict:
        return self.rule(delivery, no).verdict

    def rule(self, delivery: Delivery, no: Refused = NOBODY) -> Ruling:
        return self.judge.refused(delivery, no, self.judge.begin())

    def take(self, delivery: Delivery) -> dict[int, timedelta]:
        return self.judge.success(delivery, self.judge.begin())

    def wait(self, by: timedelta = MINUTE) -> None:
        self.clock.advance(by)


@pytest.fixture
def driver(clock: ManualClock) -> JudgeDriver:
    return JudgeDriver(clock)


def test_who_is_refused_twice_and_a_minute_apart_is_believed_if_nobody_else_is(
    driver: JudgeDriver,
) -> None:
    assert driver.refuse(mail(1)) is ALONE
    driver.wait()
    assert driver.refuse(mail(1)) is BELIEVED


def test_where_two_meet_the_same_everybody_does_until_somebody_gets_through(
    driver: JudgeDriver,
) -> None:
    assert driver.refuse(mail(1)) is ALONE
    assert driver.refuse(mail(2)) is EVERYBODY
    for _ in range(5):
        driver.wait()
        assert driver.refuse(mail(1)) is EVERYBODY
        assert driver.refuse(mail(2)) is EVERYBODY
    driver.take(mail(3))
    assert driver.refuse(mail(1)) is BELIEVED
    assert driver.refuse(mail(2)) is BELIEVED


def test_two_addresses_of_one_person_are_no_two_people(driver: JudgeDriver) -> None:
    driver.refuse(mail(1))
    assert driver.refuse(mail(2, person_id=1)) is ALONE


def test_one_address_of_two_people_is_no_two_addresses(driver: JudgeDriver) -> None:
    driver.refuse(mail(1, "Same@example.com"))
    assert driver.refuse(mail(2, "same@example.com")) is ALONE


def test_different_replies_are_nothing_in_common(driver: JudgeDriver) -> None:
    driver.refuse(mail(1), NOBODY)
    assert driver.refuse(mail(2), ODD) is ALONE
    assert driver.refuse(mail(3), QUOTA) is ALONE


def test_what_the_operator_must_mend_is_the_same_at_whatever_step_it_is_said(
    driver: JudgeDriver,
) -> None:
    driver.refuse(mail(1), QUOTA)
    later = replace(QUOTA, reason="smtp-554@final-dot")
    assert driver.refuse(mail(2), later) is EVERYBODY


def test_who_set_out_before_a_refusal_and_got_through_shows_nothing(driver: JudgeDriver) -> None:
    before = driver.judge.begin()
    driver.refuse(mail(1), ODD)
    assert driver.judge.success(mail(2), before) == {}
    driver.wait()
    assert driver.refuse(mail(1), ODD) is ALONE


def test_a_try_that_was_under_way_at_the_first_refusal_is_no_second_one(
    driver: JudgeDriver,
) -> None:
    before = driver.judge.begin()
    driver.refuse(mail(1))
    driver.wait()
    assert driver.judge.refused(mail(1), NOBODY, before).verdict is ALONE


def test_who_gets_through_at_the_same_domain_lets_a_clear_refusal_be_tried_at_once(
    driver: JudgeDriver,
) -> None:
    driver.refuse(mail(1))
    assert driver.take(mail(2)) == {1: timedelta()}
    assert driver.refuse(mail(1)) is BELIEVED


@pytest.mark.parametrize(
    ("no", "other"), [(NOBODY, "p@example.org"), (ODD, "p@example.com")], ids=["domain", "unclear"]
)
def test_who_gets_through_elsewhere_lets_a_refusal_be_tried_after_a_minute(
    driver: JudgeDriver, no: Refused, other: str
) -> None:
    driver.refuse(mail(1), no)
    driver.wait(20 * MINUTE / 60)
    assert driver.take(mail(2, other)) == {1: 40 * MINUTE / 60}
    assert driver.refuse(mail(1), no) is ALONE
    driver.wait()
    driver.take(mail(2, other))
    assert driver.refuse(mail(1), no) is BELIEVED


def test_nobody_is_called_twice_for_one_refusal_or_once_it_is_believed(driver: JudgeDriver) -> None:
    driver.refuse(mail(1))
    assert driver.take(mail(2))
    assert driver.take(mail(3)) == {}
    driver.refuse(mail(1))
    assert driver.take(mail(2)) == {}


def test_what_the_operator_must_mend_is_not_tried_again_for_others_success(
    driver: JudgeDriver,
) -> None:
    driver.refuse(mail(1), QUOTA)
    assert driver.take(mail(2)) == {}


def test_all_letters_to_one_address_are_tried_and_believed_together(driver: JudgeDriver) -> None:
    letters = [mail(number, "p@example.com", person_id=1) for number in range(1, 8)]
    assert {driver.refuse(each, ODD) for each in letters} == {ALONE}
    driver.wait()
    assert driver.take(mail(9)).keys() == set(range(1, 8))
    assert {driver.refuse(each, ODD) for each in letters} == {BELIEVED}


def test_a_letter_is_judged_by_its_own_refusals_also_where_its_person_gets_others(
    driver: JudgeDriver,
) -> None:
    bad, good = (mail(number, "p@example.com", person_id=1) for number in (1, 2))
    driver.refuse(bad, ODD_LETTER)
    driver.wait()
    driver.take(good)
    assert driver.refuse(bad, ODD_LETTER) is BELIEVED


def test_an_address_that_takes_mail_is_suspected_no_more(driver: JudgeDriver) -> None:
    driver.refuse(mail(1))
    driver.take(mail(1))
    driver.wait()
    assert driver.refuse(mail(1)) is ALONE
    assert driver.refuse(mail(2)) is EVERYBODY


def test_a_dead_address_known_as_such_brings_no_other_under_suspicion(driver: JudgeDriver) -> None:
    driver.refuse(mail(1))
    driver.take(mail(2))
    assert driver.refuse(mail(1)) is BELIEVED
    assert driver.refuse(mail(3)) is ALONE


def test_a_server_that_refuses_every_second_try_is_believed_of_nobody(driver: JudgeDriver) -> None:
    for number in range(1, 20):
        driver.refuse(mail(number))
        driver.take(mail(100 + number))
    driver.wait()
    for number in range(10, 20):
        assert driver.refuse(mail(number)) is ALONE
        driver.take(mail(200 + number))


def test_few_wrong_addresses_among_many_good_ones_are_no_crowd(driver: JudgeDriver) -> None:
    for number in range(1, 5):
        driver.refuse(mail(number))
        for good in range(10):
            driver.take(mail(100 + 10 * number + good))
    driver.wait()
    assert {driver.refuse(mail(number)) for number in range(1, 5)} == {BELIEVED}


def test_what_is_an_hour_ago_is_forgotten(driver: JudgeDriver) -> None:
    driver.refuse(mail(1))
    driver.wait(HOUR + MINUTE)
    assert driver.refuse(mail(2)) is ALONE
    assert driver.refuse(mail(1)) is EVERYBODY


def test_no_more_are_remembered_than_it_takes(driver: JudgeDriver) -> None:
    for number in range(1, 2000):
        driver.refuse(mail(number), ODD)
    assert len(driver.judge._suspects) == 500
    assert driver.refuse(mail(1999), ODD) is EVERYBODY


def test_who_blocks_the_bot_is_believed_at_once_and_says_nothing_of_others(
    driver: JudgeDriver,
) -> None:
    assert driver.refuse(chat(1), BLOCKED) is BELIEVED
    assert driver.refuse(chat(2), BLOCKED) is BELIEVED
    assert driver.refuse(chat(3), FORBIDDEN) is ALONE
    assert driver.refuse(chat(4), FORBIDDEN) is EVERYBODY


# ---- What the operator hears ----


def test_of_a_server_that_refuses_two_the_operator_hears_at_once_and_once(
    driver: JudgeDriver,
) -> None:
    told = [driver.rule(mail(number)).tell for number in (1, 2, 3)]
    driver.wait()
    told += [driver.rule(mail(number)).tell for number in (1, 2, 3)]
    assert told == [False, True, False, False, False, False]


def test_where_mail_went_out_just_now_two_refusals_must_last_a_minute_to_be_told(
    driver: JudgeDriver,
) -> None:
    driver.take(mail(9))
    assert not any(driver.rule(mail(number)).tell for number in (1, 2))
    driver.wait()
    assert driver.rule(mail(1)).tell


def test_of_one_that_meets_what_the_operator_must_mend_they_hear_at_its_second_try(
    driver: JudgeDriver,
) -> None:
    told = []
    for _ in range(4):
        told.append(driver.rule(mail(1), QUOTA).tell)
        driver.take(mail(2))
        driver.wait()
    assert told == [False, True, False, False]


def test_of_what_could_not_be_judged_for_half_an_hour_the_operator_hears_once(
    driver: JudgeDriver,
) -> None:
    told = {}
    for minutes in range(0, 70, 10):
        told[minutes] = driver.rule(mail(1), ODD).tell
        driver.wait(10 * MINUTE)
    assert [minutes for minutes, tell in told.items() if tell] == [30]


def test_what_was_mended_and_comes_back_is_told_anew(driver: JudgeDriver) -> None:
    for _ in range(2):
        assert [driver.rule(mail(number), QUOTA).tell for number in (1, 2)] == [False, True]
        for number in (1, 2):
            driver.take(mail(number))
        driver.wait(2 * MINUTE)


def test_of_a_mistyped_address_the_operator_hears_nothing(driver: JudgeDriver) -> None:
    for _ in range(5):
        assert not driver.rule(mail(1)).tell
        driver.wait(10 * MINUTE)


def test_of_what_passes_by_itself_the_operator_hears_only_of_one_whom_it_keeps_for_half_an_hour(
    driver: JudgeDriver,
) -> None:
    told = {}
    for minutes in range(0, 40, 5):
        told[minutes] = driver.rule(mail(1), THROTTLED).tell
        driver.wait(5 * MINUTE)
    assert [minutes for minutes, tell in told.items() if tell] == [30]
    assert driver.rule(mail(2), THROTTLED) == Ruling(verdict=EVERYBODY)
