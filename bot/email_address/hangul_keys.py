"""Hangul that was typed where Latin letters were meant, the keyboard being in the wrong mode.

The layout is Korea's standard one, of two sets (KS X 5002, 2-beolsik). Where Shift makes no other
letter the key is given without it.
"""

import re
import unicodedata


def _keys(first: int, keys: str) -> dict[int, str]:
    return dict(enumerate(keys.split(), start=first))


_KEYS = {
    **_keys(0x1100, "r R s e E f a q Q t T d w W c z x v g"),  # ㄱ to ㅎ, first in a syllable
    **_keys(0x1161, "k o i O j p u P h hk ho hl y n nj np nl b m ml l"),  # ㅏ to ㅣ
    **_keys(0x11A8, "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"),  # last
    0x111A: "fg",  # ㅀ, which alone counts as first
    0x1121: "qt",  # ㅄ likewise
}
_LONE = (
    "\u1100-\u1112\u111a\u1121\u1161-\u1175\u11a8-\u11c2\u3131-\u3163"
    "\uffa1-\uffbe\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7\uffda-\uffdc"  # half-width
)
_LONE_JAMO = re.compile(f"[{_LONE}]")
_HANGUL = re.compile(f"[{_LONE}가-힣]")


def has_hangul(text: str) -> bool:
    """Return whether a text has syllables or jamo in it."""
    return _HANGUL.search(text) is not None


def has_lone_jamo(text: str) -> bool:
    """Return whether a text, in NFC, has jamo that make no syllable, as no word has."""
    return _LONE_JAMO.search(text) is not None


def to_keys(text: str) -> str:
    """Return a text with the keys that were pressed in the place of its Hangul."""
    return _HANGUL.sub(_pressed, text)


def _pressed(letter: re.Match[str]) -> str:
    return unicodedata.normalize("NFKD", letter[0]).translate(_KEYS)
