"""Figures made of moments and waits, in seconds."""

import math
from collections import deque
from collections.abc import Iterable, Sequence

_HEAD, _TAIL = 2.0, 1.0
"""Seconds at a burst's begin and end that don't belong to its steady part."""


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least `share` of all don't exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def most_in_a_second(moments: Sequence[float]) -> int:
    """Return the most moments that lie within any second, its end not counted."""
    most, window = 0, deque[float]()
    for moment in sorted(moments):
        window.append(moment)
        while moment - window[0] >= 1:
            window.popleft()
        most = max(most, len(window))
    return most


def steady_rate(moments: Sequence[float]) -> float:
    """Return how many moments a second there are once it has begun and before it ends."""
    first, last = min(moments), max(moments)
    steady = [moment for moment in moments if first + _HEAD <= moment <= last - _TAIL]
    return (len(steady) - 1) / (max(steady) - min(steady))
