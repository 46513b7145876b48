"""What a person added to a letter, below its words."""

from collections.abc import Iterable
from datetime import datetime

from bot.letters import Letter, Postscript
from bot.locales import Catalog
from bot.text import Words


def with_postscripts(
    catalog: Catalog, letter: Letter, postscripts: Iterable[Postscript], now: datetime
) -> Words:
    """Return a letter's words with its postscripts under them, each dated."""
    words = letter.words
    for each in postscripts:
        date = catalog.date(each.added_at, letter.zone, near=now)
        head = Words(catalog.say("postscript-head", date=date))
        words = words.followed_by(head.followed_by(each.words, " "), "\n\n")
    return words
