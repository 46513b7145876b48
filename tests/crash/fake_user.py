"""People who write to the bot while it is being killed, each a letter."""

from dataclasses import dataclass

from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.locales import Language, catalog

_SAY = catalog(Language.EN)
SEALED = _SAY.say("sealed", days="", address="").split("\n")[0]
PROMPTS = tuple(_SAY.say(name).split("\n")[0] for name in ("ask-words", "ask-address"))


@dataclass(slots=True)
class FakeUser:
    """Says a line, and the next one once the bot has answered the last."""

    telegram: Telegram
    person: Person
    words: str
    address: str
    said: int = 0
    told: bool = False
    """The bot has said that the letter is sealed."""

    def begin(self) -> int:
        """Say the first line; gives the update's id."""
        return self._say("/write")

    def hear(self, text: str) -> int | None:
        """Take in what the bot said; gives the id of the update that answers it.

        What the bot said before a kill it may say again after it, and then that is no question.
        """
        if text.startswith(SEALED):
            self.told = True
        elif self.said == 1 and text.startswith(PROMPTS[0]):
            return self._say(self.words)
        elif self.said == 2 and text.startswith(PROMPTS[1]):
            return self._say(self.address)
        return None

    def _say(self, line: str) -> int:
        self.said += 1
        return self.telegram.say(self.person, line)
