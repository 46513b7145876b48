"""When a reminder is late enough to say so, and how old its letter has become by then."""

from datetime import datetime, timedelta

HONEST_AFTER = timedelta(hours=2)


def is_late(due_at: datetime, now: datetime) -> bool:
    """Return whether what was due at `due_at` and goes out now must say when it was due."""
    return now - due_at > HONEST_AFTER


def days_ago(day: int, due_at: datetime, now: datetime) -> int:
    """Return how many days ago the letter of a day's reminder was sealed, to the nearest."""
    return day + round((now - due_at) / timedelta(days=1))
