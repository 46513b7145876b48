"""What can be done with a letter behind its last day, said once its person looked back."""

from bot.botapi.buttons import DELIVERY, PressWith
from bot.chat import prompts
from bot.chat.exchange import Exchange

IN_A_MONTH = PressWith("letter:month:", DELIVERY, str, "button-in-a-month")
IN_A_YEAR = PressWith("letter:year:", DELIVERY, str, "button-in-a-year")
ON_A_DATE = PressWith("letter:date:", DELIVERY, str, "button-own-date")
ERASE = PressWith("letter:erase:", DELIVERY, str, "button-erase-letter")


def say_what_next(exchange: Exchange, token: str, *, here: bool = False) -> None:
    """Say what can be done with the letter that the delivery of that token brought.

    `here`: in the message whose button was pressed.
    """
    catalog = exchange.catalog
    month, year, own = (
        press.button(catalog, token) for press in (IN_A_MONTH, IN_A_YEAR, ON_A_DATE)
    )
    new, erase = prompts.NEW_LETTER.button(catalog), ERASE.button(catalog, token)
    text, edits = catalog.say("letter-ended"), exchange.pressed if here else None
    exchange.reply(text, (month, (year, own), (new, erase)), edits=edits)
