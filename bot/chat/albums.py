"""An album: many messages at once, answered as one."""

from collections import deque

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.chat.services import Context

_MOST_AT_ONCE = 100


class Albums:
    """Knows the albums that are just coming in."""

    def __init__(self) -> None:
        self._seen = deque[str](maxlen=_MOST_AT_ONCE)

    async def pass_first(self, update: Update, _: Context) -> None:
        """Let pass what is in no album, and an album's first. Raises ApplicationHandlerStop."""
        message = update.effective_message
        album = message.media_group_id if message else None
        if album is None:
            return
        if album in self._seen:
            raise ApplicationHandlerStop
        self._seen.append(album)
