"""Some of the languages that there are catalogs for, by their names."""

from bot.locales import Language

ENGLISH = Language("en")
JAPANESE = Language("ja")
KOREAN = Language("ko")
