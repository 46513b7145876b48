"""A row of the table: what it measures, how, and what it should come to."""

import statistics
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.bench import Bench

Figures = Mapping[str, float]
"""What one repeat came to, each figure by its name with its unit; the first is the row's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound for one figure. `always`: for the worst of the repeats, not their median."""

    figure: str
    at_least: float | None = None
    at_most: float | None = None
    always: bool = False

    def value(self, repeats: Sequence[Figures]) -> float:
        """Return the value that is held against the bound."""
        values = [figures[self.figure] for figures in repeats]
        if not self.always:
            return statistics.median(values)
        return min(values) if self.at_least is not None else max(values)

    def met(self, repeats: Sequence[Figures]) -> bool:
        """Return whether the value keeps within the bound."""
        value = self.value(repeats)
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to measure; `measure` does it once."""

    name: str
    about: str
    measure: Callable[[Bench], Coroutine[None, None, Figures]]
    goals: tuple[Goal, ...] = ()
    repeats: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a row's repeats came to."""

    row: Row
    repeats: tuple[Figures, ...]
    seconds: float

    @property
    def figures(self) -> Figures:
        """Return each figure's median; a goal's own value where it has one."""
        medians = {
            name: statistics.median(figures[name] for figures in self.repeats)
            for name in self.repeats[0]
        }
        return medians | {goal.figure: goal.value(self.repeats) for goal in self.row.goals}

    @property
    def met(self) -> bool | None:
        """Return whether all goals are met; None where there is none."""
        return all(goal.met(self.repeats) for goal in self.row.goals) if self.row.goals else None
