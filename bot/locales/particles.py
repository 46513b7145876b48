"""Korean particles, which follow the sound of the word before them.

In a catalog `{address:으로}` is the address with 으로 or 로 behind it, as it is read aloud.
"""

import re

_FIRST_SYLLABLE, _FINALS = ord("가"), 28
_NO_FINAL, _RIEUL = 0, 8
_READ_WITH_FINAL = re.compile(
    r"(?:^|\.)[a-z]?[mn]\Z"  # letter by letter: .cn ends in 엔, .kr in 알
    r"|(?:[a-z]{2}[mn]|[aeiou][mn]e|[a-z][aeiou][bckpt]|ng|pp)\Z",  # as a word: 컴, 넷, 온라인
    re.IGNORECASE,
)


class Spoken(str):
    """A value in a message: formatted with a particle as its format, it has that behind it."""

    __slots__ = ()

    def __format__(self, particle: str) -> str:
        if particle != "으로":
            return super().__format__(particle)
        return f"{self}으로" if _takes_euro(self) else f"{self}로"


def _takes_euro(word: str) -> bool:
    """Return whether 으로 follows: behind any final consonant but ㄹ."""
    if "가" <= word[-1:] <= "힣":
        return (ord(word[-1]) - _FIRST_SYLLABLE) % _FINALS not in {_NO_FINAL, _RIEUL}
    return _READ_WITH_FINAL.search(word) is not None
