"""The keys that letters are encrypted with, changed again and again."""

from bot.store.letter_keys import Keys, new_key


class LetterKeys:
    """What LETTER_KEYS holds: none at first, later the newest in front."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    @property
    def environ(self) -> dict[str, str]:
        """Return the setting."""
        return {"LETTER_KEYS": ",".join(self._keys)} if self._keys else {}

    @property
    def keys(self) -> Keys:
        """Return what opens the store."""
        return Keys.of(self._keys)

    def renew(self) -> None:
        """Put a new key in front."""
        self._keys.insert(0, new_key())

    def drop_older(self) -> None:
        """Leave the newest alone: everything is encrypted with it."""
        del self._keys[1:]
