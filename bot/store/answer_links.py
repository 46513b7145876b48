"""What the links carry by which a mail's reader answers: its delivery and one answer, signed.

A link is worth something to the person alone whose delivery it was.
"""

import re

from bot.answers import AT_THE_END, ON_THE_WAY, Answer
from bot.botapi.buttons import DELIVERY
from bot.messages.answering import Given
from bot.store.tokens import content_of, signed
from bot.store.vault import Vault

_PURPOSE = "answer"
_TOKEN_BYTES = 16
_CODES = (*ON_THE_WAY, *AT_THE_END)  # by their places; mails that went out have them


def answer_tokens(vault: Vault, token: str) -> dict[Answer, str]:
    """Return what a link must carry to give each answer to what the delivery of that token brings.

    There are none for a token that isn't one of `outbox.add`'s.
    """
    if not re.fullmatch(DELIVERY, token):
        return {}
    delivery = bytes.fromhex(token)
    return {
        answer: signed(vault, _PURPOSE, delivery + bytes([code]))
        for code, answer in enumerate(_CODES)
    }


def read_answer(vault: Vault, payload: str) -> Given | None:
    """Return the answer that a link gives; None if that link was never given here."""
    content = content_of(vault, _PURPOSE, payload, _TOKEN_BYTES + 1)
    if content is None:
        return None
    return Given(token=content[:_TOKEN_BYTES].hex(), answer=_CODES[content[_TOKEN_BYTES]])
