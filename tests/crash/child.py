"""The program as the campaign runs it: `python -m bot` on a shifted clock, watched.

`python -m tests.crash.child PLAN` is one such program.
"""

import os
import sys
from datetime import timedelta

from bot import cli
from bot.clock import MovableClock
from tests.crash.plan import Plan
from tests.crash.witness import Witness, tuned


def live(plan: Plan) -> int:
    """Be the program, with the settings, the time and the end that the plan wants."""
    os.chdir(plan.folder)
    os.environ.update(plan.environ)
    clock = MovableClock(timedelta(seconds=plan.ahead))
    witness = Witness(plan, clock)
    witness.watch()
    with tuned(plan, clock):
        code = cli.main(plan.command)
    witness.at_end()
    return code


if __name__ == "__main__":
    sys.exit(live(Plan.from_line(sys.argv[1])))
