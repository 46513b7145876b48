"""How the program is tuned for tests."""

import math

from bot.botapi.budget import Rates
from bot.delivery.lane import LaneSettings
from bot.delivery.smtp import Limits
from bot.tuning import Tuning

PATIENT = Limits(opening=100, command=100, final_dot=100)

UNPACED = Tuning(rates=Rates(overall=math.inf, per_chat=math.inf), answers_a_minute=math.inf)
"""No waiting for slots, and no minute that is over: nobody moves a manual clock meanwhile."""


def tuned(
    *,
    limits: Limits | None = None,
    lane: LaneSettings | None = None,
    rates: Rates | None = None,
) -> Tuning:
    """Return a tuning for tests: what isn't given is quick, unpaced or as in real life."""
    return Tuning(
        lane=lane or LaneSettings(),
        rates=rates or UNPACED.rates,
        limits=limits or PATIENT,
    )
