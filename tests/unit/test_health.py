"""A lane's standing: pauses that grow, and one word to the operator."""

from datetime import timedelta

from bot.clock import Clock
from bot.delivery.health import Health
from bot.delivery.outcome import LaneFault
from bot.letters import Channel
from tests.support.clock import A_MORNING, ManualClock

LOGIN = LaneFault(reason="login", urgent=True)
DROPPED = LaneFault(reason="dropped")
REFUSES = LaneFault(reason="5.7.1")


def health_on(clock: Clock) -> Health:
    return Health(Channel.EMAIL, clock)


def wait_out(health: Health, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=health.held_for))


def test_a_new_lane_is_free(clock: ManualClock) -> None:
    health = health_on(clock)
    assert health.held_for == 0
    assert health.trouble is None


def test_knocks_come_further_and_further_apart_up_to_a_quarter_of_an_hour(
    clock: ManualClock,
) -> None:
    health = health_on(clock)
    minutes = []
    for _ in range(7):
        minutes.append(health.fault(DROPPED) / timedelta(minutes=1))
        assert health.held_for == minutes[-1] * 60
        wait_out(health, clock)
    assert minutes == [1, 2, 4, 8, 15, 15, 15]


def test_attempts_under_way_when_the_lane_came_to_a_stand_add_nothing(clock: ManualClock) -> None:
    health = health_on(clock)
    health.fault(DROPPED)
    clock.advance(timedelta(seconds=20))
    assert health.fault(DROPPED) == timedelta(seconds=40)
    assert health.held_for == 40
    wait_out(health, clock)
    assert health.fault(DROPPED) == timedelta(minutes=2)


def test_a_lane_mended_begins_with_the_shortest_pause_again(clock: ManualClock) -> None:
    health = health_on(clock)
    for _ in range(3):
        health.fault(DROPPED)
        wait_out(health, clock)
    health.success()
    assert health.trouble is None
    assert health.fault(DROPPED) == timedelta(minutes=1)


def test_a_success_ends_the_pause_and_not_the_time_that_the_far_end_asked_for(
    clock: ManualClock,
) -> None:
    health = health_on(clock)
    health.hold(timedelta(seconds=10))
    health.fault(DROPPED)
    assert health.held_for == 60
    health.success()
    assert health.held_for == 10


def test_a_success_sets_the_lane_free_at_once(clock: ManualClock) -> None:
    health = health_on(clock)
    health.fault(DROPPED)
    health.success()
    assert health.held_for == 0


def test_a_jump_of_the_wall_clock_holds_nothing_up(clock: ManualClock) -> None:
    health = health_on(clock)
    health.fault(DROPPED)
    clock.set(A_MORNING - timedelta(days=2))
    assert health.held_for == 60
    clock.advance(timedelta(minutes=1))
    assert health.held_for == 0


def test_a_hold_lasts_as_long_as_the_far_end_asked_and_is_no_trouble(clock: ManualClock) -> None:
    health = health_on(clock)
    health.hold(timedelta(seconds=31))
    health.hold(timedelta(seconds=3))
    assert health.held_for == 31
    assert health.trouble is None
    clock.advance(timedelta(seconds=30))
    assert health.held_for == 1


def test_an_urgent_fault_is_told_at_once_and_once(clock: ManualClock) -> None:
    health = health_on(clock)
    told = []
    for _ in range(5):
        health.fault(LOGIN)
        told.append(health.should_tell(LOGIN))
        wait_out(health, clock)
    assert told == [True, False, False, False, False]


def test_a_fault_that_may_pass_is_told_after_half_an_hour(clock: ManualClock) -> None:
    health = health_on(clock)
    told = {}
    for _ in range(8):
        health.fault(DROPPED)
        told[clock.monotonic() / 60] = health.should_tell(DROPPED)
        wait_out(health, clock)
    assert told == {
        0: False,
        1: False,
        3: False,
        7: False,
        15: False,
        30: True,
        45: False,
        60: False,
    }


def test_the_operator_hears_of_the_mending_only_of_what_they_heard_of(clock: ManualClock) -> None:
    health = health_on(clock)
    assert not health.success()
    health.fault(DROPPED)
    assert not health.should_tell(DROPPED)
    assert not health.success()
    health.fault(LOGIN)
    assert health.should_tell(LOGIN)
    assert health.success()
    assert not health.success()


def test_a_second_fault_is_told_anew(clock: ManualClock) -> None:
    health = health_on(clock)
    for _ in range(2):
        health.fault(LOGIN)
        assert health.should_tell(LOGIN)
        health.success()


def test_a_far_end_that_answers_of_one_delivery_is_there_and_may_refuse_everybody_still(
    clock: ManualClock,
) -> None:
    health = health_on(clock)
    health.fault(LOGIN)
    assert health.should_tell(LOGIN)
    assert health.reached()
    assert (health.trouble, health.held_for) == (None, 0)

    health.fault(REFUSES, refuses=True)
    assert not health.reached()
    assert (health.trouble, health.held_for) == (REFUSES.reason, 60)
    health.success()
    assert (health.trouble, health.refuses) == (None, False)


def test_whoever_was_told_of_a_fault_otherwise_hears_of_its_end_too(clock: ManualClock) -> None:
    health = health_on(clock)
    health.fault(REFUSES, refuses=True)
    health.note_told()
    assert not health.should_tell(LOGIN)
    assert health.success()
