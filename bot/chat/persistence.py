"""Where conversations stand, for python-telegram-bot: a view of the drafts, which are the truth.

Every handler commits the draft before it answers, so nothing is left to be written here.
"""

from telegram.ext import DictPersistence, PersistenceInput

from bot.store import drafts
from bot.store.database import Database

CONVERSATION = "write"
"""The conversation's name in python-telegram-bot."""


class DraftPersistence(DictPersistence):
    """Tells at start which conversations are going on, and at which step."""

    def __init__(self, database: Database) -> None:
        nothing = PersistenceInput(
            bot_data=False, chat_data=False, user_data=False, callback_data=False
        )
        super().__init__(store_data=nothing)
        self._database = database

    async def get_conversations(self, name: str) -> dict[tuple[int | str, ...], object]:
        """Give the step of each conversation, keyed by chat and person."""
        if name != CONVERSATION:
            return {}
        steps = await drafts.conversations(self._database.reader)
        return {(person, person): step for person, step in steps.items()}
