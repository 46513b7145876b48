"""When a reminder is late enough to say so."""

from datetime import datetime, timedelta

HONEST_AFTER = timedelta(hours=2)


def is_late(due_at: datetime, now: datetime) -> bool:
    """Tell whether what was due at `due_at` and goes out now must say when it was due."""
    return now - due_at > HONEST_AFTER
