"""Which characters may travel in a mail."""

import re

UNREADABLE = "\N{REPLACEMENT CHARACTER}"

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def encodable(text: str) -> str:
    """Return the text with each lone surrogate replaced by U+FFFD; UTF-16 offsets stay true."""
    return _LONE_SURROGATE.sub(UNREADABLE, text)


def legible(text: str) -> str:
    """Return the text fit for a body: LF ends lines, U+FFFD stands for other controls but tab."""
    return _CONTROL.sub(UNREADABLE, _LINE_END.sub("\n", encodable(text)))


def one_line(text: str) -> str:
    """Return the text fit for a header: a space for each control character or line break."""
    return _CONTROL_OR_BREAK.sub(" ", encodable(text))


def is_one_line(text: str) -> bool:
    """Return whether the text could stand in a header as it is."""
    return one_line(text) == text
