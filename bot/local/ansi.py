"""Formatting and colour in a terminal (ECMA-48, select graphic rendition)."""

import re
import unicodedata

from bot.text import Words, utf16_length

CODES = {
    "bold": "1",
    "italic": "3",
    "underline": "4",
    "strikethrough": "9",
    "spoiler": "7",
    "code": "36",
    "pre": "36",
    "blockquote": "2",
    "expandable_blockquote": "2",
    "text_link": "4",
    "url": "4",
    "date_time": "4",
    "bot_command": "36",
}
STYLE = re.compile(r"\x1b\[[0-9;]*m")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return the text with every control character but newline and tab made visible as U+FFFD."""
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def coloured(text: str, code: str) -> str:
    """Return the text in a colour or a style; newlines stay outside of it."""
    if not code:
        return text
    return "\n".join(f"\x1b[{code}m{line}\x1b[0m" if line else "" for line in text.split("\n"))


def width(text: str) -> int:
    """Return the columns that a terminal uses for a text in one line, whatever its style."""
    plain = STYLE.sub("", text)
    return sum(2 if unicodedata.east_asian_width(each) in {"W", "F"} else 1 for each in plain)


def styled(words: Words) -> str:
    """Return the words with their formatting as a terminal shows it, a link's address behind it."""
    shown, run, style, at = "", "", "", 0
    for character in words.text:
        new_style = _style(words, at)
        if new_style != style or _addresses(words, at):
            shown += coloured(run, style) + _addresses(words, at)
            run, style = "", new_style
        run += character
        at += utf16_length(character)
    return shown + coloured(run, style) + _addresses(words, at)


def _style(words: Words, at: int) -> str:
    codes = (CODES.get(e.type) for e in words.entities if e.offset <= at < e.end)
    return ";".join(code for code in codes if code)


def _addresses(words: Words, at: int) -> str:
    return "".join(f" <{harmless(e.url)}>" for e in words.entities if e.url and e.end == at)
