"""What providers say when they refuse mail: `provider_replies.txt`, and what each reply means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.delivery.outcome import Cause
from bot.delivery.smtp_sentences import OPERATORS as OPERATORS_PART
from bot.delivery.smtp_sentences import RECIPIENTS as RECIPIENTS_PART
from bot.delivery.smtp_sentences import Says
from tests.support.faults import Fault
from tests.support.smtp import Phase, reply

_SECTION = re.compile(r"\[(.+) at (.+)\]")
_END_OF_LINE = " ⏎ "


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A provider's reply, what it means, and the phase at which it comes as a rule."""

    provider: str
    code: int
    words: str
    says: Says
    phase: Phase

    def __str__(self) -> str:
        return f"{self.provider}: {self.code} {self.words[:30]}"

    @property
    def cause(self) -> Cause:
        """Return what the operator is told to mend. Raises ValueError for a recipient's fault."""
        return Cause(self.says)

    @property
    def fault(self) -> Fault:
        """Return the fault of a server that answers so, on one line."""
        return reply(self.code, text=self.words.replace("\n", " "))


def _read() -> Iterator[Quoted]:
    says, phase = Says.NOBODY, Phase.RCPT
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if section := _SECTION.fullmatch(line):
            says, phase = Says(section[1]), Phase(section[2])
        elif line and not line.startswith("#"):
            provider, _, text = line.partition(": ")
            code, words = int(text[:3]), text[4:].replace(_END_OF_LINE, "\n")
            yield Quoted(provider=provider, code=code, words=words, says=says, phase=phase)


QUOTED = tuple(_read())
OPERATORS = tuple(each for each in QUOTED if each.says in OPERATORS_PART)
RECIPIENTS = tuple(each for each in QUOTED if each.says in RECIPIENTS_PART)
FULL = tuple(each for each in QUOTED if each.says is Says.FULL)
TOO_FAST = tuple(each for each in QUOTED if each.says in {Says.TOO_FAST, Says.BUSY})
SHARE = tuple(each for each in QUOTED if each.says in {Says.QUOTA, Says.TOO_FAST})
"""What is said of all mail from here; a server may say it with a 4xx as well."""
