"""The domain: a letter in the making, and how its messages become one text. No I/O."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from bot.letters import flaw_of
from bot.text import MESSAGE_LIMIT, Words, utf16_length

DRAFT_LIMIT = 65_536
"""Bytes that a draft's parts may take as they are kept, before encryption.

Any letter fits, and twice as much of most: what is too long can be made shorter by edits.
"""


_SHORTEST_CUT = MESSAGE_LIMIT // 2
"""Telegram's apps cut a long paste in the second half of a message, where a line or word ends."""
_ONE_PASTE = timedelta(seconds=3)


class Step(StrEnum):
    """What the conversation waits for."""

    WORDS = "words"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message that brought words; Telegram's apps cut a long paste into several.

    `let_go` is the length of words that were too many to keep, in UTF-16 code units. `held`: it may
    be an address that isn't right, and is no part of the letter unless its person says so.
    `thrown`: it was a part of what they threw away, and is held in case they want it back.
    `of_letter`: it was a part of a letter that was taken back, which that message began, and is
    held in case that is to be put back; `added`: it was a postscript of it.
    """

    message_id: int
    sent_at: datetime
    words: Words
    let_go: int = 0
    held: bool = False
    thrown: bool = False
    of_letter: int = 0
    added: bool = False

    @property
    def size(self) -> int:
        """Return its length in UTF-16 code units, as Telegram's apps count when they cut."""
        return utf16_length(self.words.text) + self.let_go

    def continues(self, before: Self) -> bool:
        """Return whether it is the next piece of a paste that Telegram's app cut in two."""
        return before.size >= _SHORTEST_CUT and self.sent_at - before.sent_at <= _ONE_PASTE

    def to_dict(self) -> dict[str, str | int]:
        """Return the part as JSON can hold it."""
        return {
            "message_id": self.message_id,
            "sent_at": self.sent_at.isoformat(),
            "text": self.words.text,
            "entities": self.words.entities_to_json(),
            "let_go": self.let_go,
            "held": int(self.held),
            "thrown": int(self.thrown),
            "of_letter": self.of_letter,
            "added": int(self.added),
        }

    @classmethod
    def from_dict(cls, kept: dict[str, str]) -> Self:
        """Return the part that `to_dict` returned."""
        return cls(
            message_id=int(kept["message_id"]),
            sent_at=datetime.fromisoformat(kept["sent_at"]),
            words=Words.from_json(kept["text"], kept["entities"]),
            let_go=int(kept.get("let_go", 0)),
            held=bool(int(kept.get("held", 0))),
            thrown=bool(int(kept.get("thrown", 0))),
            of_letter=int(kept.get("of_letter", 0)),
            added=bool(int(kept.get("added", 0))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter in the making, of one message or several.

    `candidate` is an address typed but not yet settled on, and `suggestion` what it may have been
    meant to be. With `replaces`, the address asked for is not this letter's: it takes the place of
    that one, for the letters sealed to it. With `adds`, it is for those sealed without one. With
    `chooses`, it is the one to be offered first from now on. With `changes`, what is asked for,
    words or an address, is for that sealed letter.
    """

    person_id: int
    step: Step = Step.WORDS
    parts: tuple[Part, ...] = ()
    candidate: str | None = None
    suggestion: str | None = None
    replaces: int | None = None
    adds: bool = False
    chooses: bool = False
    changes: int | None = None
    resting: bool = False

    @property
    def taken(self) -> tuple[Part, ...]:
        """Return the parts that are the letter's."""
        return tuple(part for part in self.parts if not part.held)

    @property
    def words(self) -> Words:
        """Return the letter's words, trimmed.

        A part that fills a whole message was cut inside a line, any other at the end of one.
        """
        joined: list[Words] = []
        for before, part in zip((None, *self.taken), self.taken, strict=False):
            if before is not None and before.size != MESSAGE_LIMIT:
                joined.append(Words("\n"))
            joined.append(part.words)
        return Words.joined(joined).trimmed()

    @property
    def remembered(self) -> str | None:
        """Return the address that was given before its time came."""
        return None if self.suggestion else self.candidate

    @property
    def asks_for_others(self) -> bool:
        """Return whether the address asked for is for others than the letter in the making."""
        of_changed = self.changes is not None and not self.rewrites
        return self.adds or self.chooses or self.replaces is not None or of_changed

    @property
    def rewrites(self) -> bool:
        """Return whether the words asked for are for a letter that is sealed already."""
        return self.step is Step.WORDS and self.changes is not None

    @property
    def is_none(self) -> bool:
        """Return whether there is no letter in it, only what is held or remembered for one."""
        return self.resting and not self.taken

    @property
    def holds_nothing(self) -> bool:
        """Return whether nothing is lost with it: no words, none that wait, and no address."""
        return self.is_none or not (self.parts or self.candidate)

    @property
    def has_thrown(self) -> bool:
        """Return whether there are words that were thrown away and can be brought back."""
        return any(part.thrown for part in self.parts)

    @property
    def overfull(self) -> bool:
        """Return whether words of it were too many to keep, so that they must be sent anew."""
        return any(part.let_go for part in self.parts)

    @property
    def fit(self) -> bool:
        """Return whether its words can be sealed as they are."""
        return not self.overfull and flaw_of(self.words) is None

    def is_continued_by(self, part: Part) -> bool:
        """Return whether a message is the next piece of its newest paste."""
        return bool(self.taken) and part.continues(self.taken[-1])

    def with_part(self, part: Part) -> Self | None:
        """Return the draft with one message more; None where there is no room for it.

        It takes the place of one that was too much to be kept, or to be a letter by itself.
        """
        if self.fit or not self.taken or self.is_continued_by(part):
            return replace(self, parts=(*self._but(part.message_id), part))
        shorter = self.without_newest()
        if shorter.parts and not self.overfull:
            return None
        return replace(shorter, parts=(*shorter.parts, part))

    def without_newest(self) -> Self:
        """Return the draft without its newest message, or without all pieces of a paste."""
        taken = list(self.taken)
        newest = taken.pop()
        while taken and newest.continues(taken[-1]):
            newest = taken.pop()
        return replace(self, parts=tuple(taken))

    def within_limit(self) -> Self:
        """Return the draft as it can be kept: one over `DRAFT_LIMIT` lets go of words.

        First of what is held, then of its newest paste, of which an emptied part is left by which
        the rest of the paste is known.
        """
        parts = self.parts if _is_within_limit(self.parts) else self.taken
        if parts and (self.overfull or not _is_within_limit(parts)):
            last = parts[-1]
            emptied = replace(last, words=Words(""), let_go=max(last.size, 1))
            parts = (*self.without_newest().parts, emptied)
            parts = parts if _is_within_limit(parts) else (emptied,)
        return replace(self, parts=parts)

    def has_part(self, message_id: int) -> bool:
        """Return whether that message brought some of the words."""
        return any(part.message_id == message_id and not part.let_go for part in self.taken)

    def with_edited(self, message_id: int, words: Words) -> Self:
        """Return the draft with one part's words replaced."""
        parts = (
            replace(part, words=words) if part.message_id == message_id else part
            for part in self.parts
        )
        return replace(self, parts=tuple(parts))

    def held(self, message_id: int) -> Part | None:
        """Return that message, if it is held by itself and not with a letter taken back."""
        held = (part for part in self.parts if part.held and not part.of_letter)
        return next((part for part in held if part.message_id == message_id), None)

    @property
    def newest_held(self) -> Part | None:
        """Return what is held last of what may be words, or None."""
        apart = (part for part in reversed(self.parts) if part.held and not part.thrown)
        held = (part for part in apart if not part.of_letter)
        return next(held, None)

    def holding(self, part: Part) -> Self:
        """Return the draft with a message that is held, anew if it was edited."""
        return replace(self, parts=(*self._but(part.message_id), replace(part, held=True)))

    def taking(self, message_id: int) -> Self | None:
        """Return the draft with a held message as one of its parts, where it was sent.

        None if it isn't held, or there is no room for it.
        """
        part = self.held(message_id)
        if part is None:
            return None
        own = replace(self, parts=self._but(message_id))
        more = own.with_part(replace(part, held=False))
        return more and replace(more, parts=tuple(sorted(more.parts, key=_place)))

    def leaving(self, message_id: int) -> Self:
        """Return the draft without a held message."""
        return replace(self, parts=self._but(message_id)) if self.held(message_id) else self

    def thrown_away(self) -> Self:
        """Return a draft without words that can be brought back; the address given is kept."""
        thrown = (replace(part, held=True, thrown=True) for part in self.taken)
        parts = (*self.taken_back, *thrown)
        return type(self)(person_id=self.person_id, parts=parts, candidate=self.remembered)

    @property
    def taken_back(self) -> tuple[Part, ...]:
        """Return what is held of letters that were taken back."""
        return tuple(part for part in self.parts if part.of_letter)

    def brought_back(self) -> Self:
        """Return the draft with the words that were thrown away, before those written since."""
        parts = (replace(p, held=False, thrown=False) if p.thrown else p for p in self.parts)
        return replace(self, parts=tuple(sorted(parts, key=_place)))

    def _but(self, message_id: int) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.message_id != message_id)


def parts_to_json(parts: Iterable[Part]) -> str:
    """Return parts as JSON."""
    return json.dumps([part.to_dict() for part in parts])


def parts_from_json(kept: str) -> tuple[Part, ...]:
    """Return the parts that `parts_to_json` wrote, an earlier version's too."""
    return tuple(Part.from_dict(part) for part in json.loads(kept))


def _is_within_limit(parts: Iterable[Part]) -> bool:
    return len(parts_to_json(parts)) <= DRAFT_LIMIT


def _place(part: Part) -> int:
    return part.message_id
