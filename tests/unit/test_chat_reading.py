"""Which texts are one of the answers that a catalog lists, in whatever language they are typed."""

import re
from collections.abc import Callable

import pytest

from bot.chat.reading import agrees, gives_thanks, leaves_it, misses_mail, wants_no_mail
from bot.locales import LANGUAGES
from tests.support.talk import full_width, told

LISTS = {
    "no-mail-answers": wants_no_mail,
    "leave-it-answers": leaves_it,
    "thanks-given": gives_thanks,
    "mail-missed": misses_mail,
    "yes-answers": agrees,
}
LINES = [
    pytest.param(answers, line, id=f"{name}-{line}")
    for name, answers in LISTS.items()
    for language in LANGUAGES
    for line in told(name, language).split("\n")
]
LATIN_WORDS = [each for each in LINES if re.fullmatch("[a-z]+", str(each.values[1]))]


@pytest.mark.parametrize(("answers", "line"), LINES)
def test_each_line_is_an_answer_however_it_is_typed(
    answers: Callable[[str], bool], line: str
) -> None:
    assert answers(line)
    assert answers(f" {line.capitalize()}! ")
    assert answers(f"{line.upper()}.")


@pytest.mark.parametrize(("answers", "line"), LINES)
def test_it_is_one_however_it_is_spaced(answers: Callable[[str], bool], line: str) -> None:
    assert answers(line.replace(" ", ""))
    assert answers(line.replace(" ", "  "))


@pytest.mark.parametrize(
    "line", ["메일 필요없어요", "그냥여기로 보내줘", "메일은 됐어요~", "🙅", "none"]
)
def test_some_ways_of_wanting_no_mail(line: str) -> None:
    assert wants_no_mail(line)


@pytest.mark.parametrize(("answers", "line"), LATIN_WORDS)
def test_it_is_one_in_the_letters_of_an_input_method(
    answers: Callable[[str], bool], line: str
) -> None:
    assert answers(full_width(line))


@pytest.mark.parametrize(("answers", "line"), LINES)
def test_more_words_around_it_are_no_answer(answers: Callable[[str], bool], line: str) -> None:
    assert not answers(f"{line} 달리기 run")
    assert not answers(f"달리기 run {line}")
