"""What a pressed button carries."""

from bot.chat.desk import Context


def number_pressed(context: Context) -> int:
    """Give the number in the pressed button's data, whose pattern has one group.

    Raises ValueError where the handler's pattern found none.
    """
    return int(token_pressed(context))


def token_pressed(context: Context) -> str:
    """Give the text in the pressed button's data, as `number_pressed` does the number."""
    if not context.matches:
        raise ValueError("a press that carries nothing")
    return context.matches[0][1]
