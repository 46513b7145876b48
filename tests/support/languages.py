"""Two of the languages that there are catalogs for, by their names."""

from bot.locales import Language

ENGLISH = Language("en")
KOREAN = Language("ko")
