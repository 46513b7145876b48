"""How it is going is asked where a letter came back, and what is said to the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.answers import Answer, Answered
from bot.botapi.buttons import DELIVERY, Button, PressWith
from bot.locales import Catalog
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer to what the delivery of that token brought."""

    token: str
    answer: Answer

    def __str__(self) -> str:
        """Return it as a button carries it."""
        return f"{self.token}:{self.answer}"

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return the answer that a button carries."""
        token, _, answer = payload.partition(":")
        return cls(token=token, answer=Answer(answer))


ANSWER = PressWith("answer:", f"{DELIVERY}:(?:{'|'.join(Answer)})", Given.read)
CHANGE_ANSWER = PressWith("answer-change:", DELIVERY, str, "button-change-answer")


def answer_buttons(
    catalog: Catalog, token: str, choices: Sequence[Answer]
) -> tuple[tuple[Button, ...]]:
    """Return the answers that there are to what a delivery brings, side by side."""
    row = (
        ANSWER.labelled(label_of(catalog, each), Given(token=token, answer=each))
        for each in choices
    )
    return (tuple(row),)


def label_of(catalog: Catalog, answer: Answer) -> str:
    """Return an answer in the words in which it is given."""
    return catalog.say(f"button-{answer}")


def said_to(catalog: Catalog, answer: Answer, next_day: int | None) -> str:
    """Return an answer and what is said to it; `next_day` is when the letter comes back next."""
    if answer.looks_back:
        response = catalog.say(f"answer-{answer}")
    elif next_day is None:
        response = catalog.say("answer-late")
    else:
        response = catalog.count(f"answer-{answer}", next_day)
    return catalog.say("answer-taken", answer=label_of(catalog, answer), response=response)


def recalled(catalog: Catalog, earlier: Answered) -> Words:
    """Return what a person said on an earlier day, their note in a quote."""
    words, note = Words(recalled_answer(catalog, earlier)), earlier.note
    return words.followed_by(note.quoted(), "\n") if note.text else words


def recalled_answer(catalog: Catalog, earlier: Answered) -> str:
    """Return which answer a person gave on an earlier day, or that they wrote something."""
    if earlier.answer is None:
        return catalog.count("recalled-note", earlier.day)
    label = label_of(catalog, earlier.answer)
    return catalog.count("recalled-answer", earlier.day, answer=label)
