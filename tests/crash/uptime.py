"""How often the program was started, and how long it has been up in all."""

from bot.clock import Clock


class Uptime:
    """Counts the program's lives and their seconds."""

    def __init__(self, clock: Clock) -> None:
        self.life = 0
        self._clock = clock
        self._before = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Return how long the program has been up, all lives together."""
        now = 0.0 if self._since is None else self._clock.monotonic() - self._since
        return self._before + now

    def begin(self) -> None:
        """Note that the program was started."""
        self.life += 1
        self._since = self._clock.monotonic()

    def end(self) -> None:
        """Note that it has ended."""
        self._before, self._since = self.seconds, None
