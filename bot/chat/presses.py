"""What a pressed button or a tapped link carries."""

from bot.chat.desk import Context


def number_carried(context: Context) -> int:
    """Give the number where the handler's pattern has its one group.

    Raises ValueError where the pattern found none.
    """
    return int(carried(context))


def carried(context: Context) -> str:
    """Give the text there, as `number_carried` does the number."""
    if not context.matches:
        raise ValueError("a press or a link that carries nothing")
    return context.matches[0][1]
