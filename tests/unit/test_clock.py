"""The clock that `:skip` sets forward."""

from datetime import timedelta

from bot.clock import MovableClock


def test_what_was_skipped_has_passed_for_spans_too() -> None:
    clock = MovableClock()
    moment, elapsed = clock.now(), clock.monotonic()
    clock.move_to(moment + timedelta(days=7))
    assert timedelta(days=7) <= clock.now() - moment < timedelta(days=7, minutes=5)
    assert timedelta(days=7) / timedelta(seconds=1) <= clock.monotonic() - elapsed + 1


def test_a_clock_moved_to_the_past_stays_where_it_is() -> None:
    clock = MovableClock(timedelta(days=1))
    elapsed = clock.monotonic()
    clock.move_to(clock.now() - timedelta(days=3))
    assert clock.ahead == timedelta(days=1)
    assert clock.monotonic() >= elapsed
