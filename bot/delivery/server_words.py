"""A server's own words as they may be shown to the operator: on one line, short, nobody named."""

import re

_MOST_READ, _MOST_SHOWN = 1000, 200  # characters
_MASK = "…@…"
_SHORTEST_NAME = 3  # a local part that is shorter is no word to be known by


def shown(words: str, recipient: str | None = None) -> str:
    """Return a server's words without any address, and without the parts of the recipient's."""
    tokens = words[:_MOST_READ].split()
    if len(words) > _MOST_READ:
        tokens = tokens[:-1]  # what was cut may have been half an address
    name = (recipient or "").partition("@")[0].casefold()
    line = " ".join(_MASK if _names(token, name) else _printable(token) for token in tokens)
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1] + "…"


def _names(token: str, name: str) -> bool:
    """Return whether a word holds an address, however it is written there, or its local part."""
    plain = token.casefold()
    if "@" in plain or "%40" in plain:
        return True
    return len(name) >= _SHORTEST_NAME and name in re.split(r"[^\w.+-]+", plain) + re.split(
        r"=", plain
    )


def _printable(token: str) -> str:
    return "".join(each for each in token if each.isprintable())
