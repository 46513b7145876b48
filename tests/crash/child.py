"""The program as the campaign runs it: `python -m bot` on a shifted clock, watched.

`python -m tests.crash.child PLAN` is one such program, started cold. Without a plan it is the fork
server: it has imported the program and forks it for every plan it reads, a line each; it answers
with the child's pid and, later, its exit code.
"""

import os
import sys
from datetime import timedelta

from bot import cli
from bot.clock import MovableClock
from tests.crash.plan import Plan
from tests.crash.witness import Witness, tuned

STDOUT, STDERR = 1, 2


def live(plan: Plan) -> int:
    """Be the program, with the settings, the time and the end that the plan wants."""
    os.chdir(plan.folder)
    os.dup2(STDERR, STDOUT)  # a fork's own is the fork server's
    os.environ.update(plan.environ)
    clock = MovableClock(timedelta(seconds=plan.ahead))
    witness = Witness(plan, clock)
    witness.watch()
    with tuned(plan, clock):
        code = cli.main(plan.command)
    witness.at_end()
    return code


def serve_forks() -> None:
    """Fork one child after another until the campaign hangs up."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.exit(live(Plan.from_line(line)))
        _report(pid)
        _report(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _report(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(live(Plan.from_line(sys.argv[1])))
    serve_forks()
