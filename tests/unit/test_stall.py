"""When the operator hears that nothing gets through, though each delivery is only put off."""

from dataclasses import replace

import pytest

from bot.delivery.stall import Stall
from bot.letters import Channel
from bot.store.deliveries import Delivery
from tests.support.log_lines import log_lines
from tests.support.sealed_letters import A_DELIVERY

REASON = "smtp-451@rcpt"


def of(person_id: int, *, failures: int = 2, doubts: int = 0) -> Delivery:
    person = replace(A_DELIVERY.person, id=person_id)
    return replace(A_DELIVERY, person=person, failures=failures, doubts=doubts)


def test_it_is_told_once_when_a_second_person_is_put_off_at_a_third_try(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stall = Stall(Channel.EMAIL)
    told = [stall.put_off(of(each), REASON) for each in (1, 1, 2, 3)]
    assert told == [False, False, True, False]
    assert stall.success()
    assert not stall.success()
    assert log_lines(caplog) == [
        f'event="nothing gets through" channel=email reason={REASON}',
        'event="something gets through again" channel=email',
    ]


def test_what_may_have_arrived_counts_at_its_second_try() -> None:
    stall = Stall(Channel.EMAIL)
    told = [stall.put_off(of(each, failures=1, doubts=1), REASON) for each in (1, 2)]
    assert told == [False, True]


def test_greylisting_is_no_stall() -> None:
    stall = Stall(Channel.EMAIL)
    for failures in (0, 1):
        assert not any(stall.put_off(of(each, failures=failures), REASON) for each in range(9))


def test_who_gets_through_ends_the_count() -> None:
    stall = Stall(Channel.EMAIL)
    assert not stall.put_off(of(1), REASON)
    assert not stall.success()
    assert not stall.put_off(of(2), REASON)
    assert stall.put_off(of(1), REASON)
