"""The emoji Telegram has for reactions (https://core.telegram.org/bots/api#reactiontypeemoji)."""

from telegram.constants import ReactionEmoji

_VARIATION_SELECTOR = "\ufe0f"  # that keyboards put behind some emoji and Telegram doesn't
_BY_TYPED = {str(each).replace(_VARIATION_SELECTOR, ""): str(each) for each in ReactionEmoji}

REACTIONS = frozenset(_BY_TYPED.values())


def reaction_of(typed: str) -> str | None:
    """Return the reaction that a text stands for; None where Telegram has no such one."""
    return _BY_TYPED.get(typed.strip().replace(_VARIATION_SELECTOR, ""))
