"""`python -m tests.benchmarks`: the program's speed, measured from outside.

Two processes: the program, and this one with its Bot API server, its mail server and its people.
Each row's figure is the median of its repeats, each on a fresh data folder.
"""

import argparse
import asyncio
import compileall
import gc
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.bench import Bench
from tests.benchmarks.row import Goal, Result, Row
from tests.benchmarks.rows import drain, holds, large, reminders, talking, writing
from tests.support.forks import REPOSITORY

ROWS = {
    row.name: row
    for rows in (writing, talking, reminders, drain, holds, large)
    for row in rows.ROWS
}


def main() -> int:
    """Measure the rows that are wanted; return 1 if one fails or misses its goal."""
    wanted = _arguments()
    if wanted.list:
        _print(*(f"{row.name:22}{row.about}" for row in ROWS.values()))
        return 0
    compileall.compile_dir(REPOSITORY / "bot", quiet=1)  # as an operator's first start does
    gc.disable()  # the clock must not stand still for the benchmark's own garbage
    facts = machine.facts()
    _print(", ".join(f"{name} {value}" for name, value in facts.items()), "")
    results = []
    for name in wanted.rows or ROWS:
        try:
            results.append(_measured(ROWS[name], wanted))
        except (ExceptionGroup, RuntimeError, TimeoutError) as problem:
            _print(f"{name}: failed: {problem!r}", "")
        else:
            _print(*_lines(results[-1]))
        gc.collect()
    if wanted.json:
        wanted.json.write_text(
            json.dumps(_as_json(facts, results, quick=wanted.quick), indent=2) + "\n"
        )
    measured = len(results) == len(wanted.rows or ROWS)
    return 0 if measured and all(result.met is not False for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="names of rows; all if none")
    parser.add_argument("--list", action="store_true", help="name the rows and measure none")
    parser.add_argument("--quick", action="store_true", help="one short repeat of each")
    parser.add_argument("--repeats", type=int, help="in place of each row's own number")
    parser.add_argument("--size", type=int, metavar="LETTERS", help="in each row's large store")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--profile",
        type=Path,
        metavar="FOLDER",
        help="write the program's cProfile figures to FOLDER/ROW-N.pstats; all becomes slower",
    )
    wanted = parser.parse_args()
    if unknown := set(wanted.rows) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return wanted


def _measured(row: Row, wanted: argparse.Namespace) -> Result:
    repeats = wanted.repeats or (1 if wanted.quick else row.repeats)
    start = time.monotonic()
    figures = [
        asyncio.run(row.measure(_bench(row, wanted, repeat))) for repeat in range(1, repeats + 1)
    ]
    return Result(row=row, repeats=tuple(figures), seconds=time.monotonic() - start)


def _bench(row: Row, wanted: argparse.Namespace, repeat: int) -> Bench:
    profile = None
    if wanted.profile:
        wanted.profile.mkdir(parents=True, exist_ok=True)
        profile = wanted.profile.resolve() / f"{row.name}-{repeat}.pstats"
    chance = random.Random(wanted.seed)  # noqa: S311
    return Bench(quick=wanted.quick, size=wanted.size, chance=chance, profile=profile)


def _lines(result: Result) -> Sequence[str]:
    """Return a row's lines: its name, then each figure, aligned, with its goal."""
    goals = {goal.figure: goal for goal in result.row.goals}
    head = f"{result.row.name}: {result.row.about}"
    took = f"  ({len(result.repeats)} repeats, {result.seconds:.0f} s)"
    figures = [
        f"  {name:32}{value:12,.2f}{_verdict(goals.get(name), result)}"
        for name, value in result.figures.items()
    ]
    return [head, *(line.rstrip() for line in figures), took, ""]


def _verdict(goal: Goal | None, result: Result) -> str:
    if goal is None:
        return ""
    bound = f">= {goal.at_least:g}" if goal.at_least is not None else f"<= {goal.at_most:g}"
    return f"   {bound:12}{'met' if goal.met(result.repeats) else 'NOT MET'}"


def _as_json(
    facts: dict[str, object], results: Sequence[Result], *, quick: bool
) -> dict[str, object]:
    return {
        "machine": facts,
        "quick": quick,
        "rows": [
            {
                "name": result.row.name,
                "about": result.row.about,
                "figures": result.figures,
                "goals": [asdict(goal) for goal in result.row.goals],
                "met": result.met,
                "repeats": result.repeats,
                "seconds": round(result.seconds, 2),
            }
            for result in results
        ],
    }


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
