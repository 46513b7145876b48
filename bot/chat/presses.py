"""What a pressed button carries."""

from bot.chat.desk import Context


def number_pressed(context: Context) -> int:
    """Give the number in the pressed button's data, whose pattern has one group.

    Raises ValueError where the handler's pattern found none.
    """
    if not context.matches:
        raise ValueError("a press without its number")
    return int(context.matches[0][1])
