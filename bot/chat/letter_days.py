"""How a letter stands on each of its days, a line a day, and what was answered there."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.answers import Answer, Answered
from bot.letters import Channel
from bot.locales import Catalog
from bot.messages.answering import label_of
from bot.store.letter_list import OwnLetter
from bot.store.standings import Leg, Standing
from bot.text import Words

_DAYS_SHOWN = 8


def days_of(
    catalog: Catalog, own: OwnLetter, zone: ZoneInfo, now: datetime, *, notes: bool
) -> Words:
    """Return a line for each of the letter's last days: how it stands on each channel.

    What was answered there stands beside it, and with `notes` the note below it, in a quote.
    """
    days = [list(legs) for _, legs in groupby(own.legs, key=lambda leg: leg.due_at)]
    said = {each.day: each for each in own.answers}
    shown: list[Words] = []
    for legs in days[-_DAYS_SHOWN:]:
        answered = said.get(legs[0].day, Answered(day=legs[0].day))
        shown.append(_day(catalog, legs, zone, now, answered.answer))
        if notes:
            shown.append(answered.note.quoted())
    return lines(shown)


def lines(parts: Iterable[Words]) -> Words:
    """Return words one below the other, those that are there."""
    ended = [each for part in parts if part.text for each in (Words("\n"), part)]
    return Words.joined(ended[1:])


def _day(
    catalog: Catalog, legs: list[Leg], zone: ZoneInfo, now: datetime, answer: Answer | None
) -> Words:
    moment = legs[0].due_at
    date = Words.moment(catalog.date(moment, zone, near=now), moment, "wD")
    day = catalog.say_words("letter-day", date=date, states=_states(catalog, legs))
    if answer is None:
        return day
    return catalog.say_words("letter-day-answered", day=day, answer=label_of(catalog, answer))


def _states(catalog: Catalog, legs: list[Leg]) -> str:
    """Return how a day's legs stand, those that stand alike together."""
    joint = catalog.say("letter-channels-joint")
    alike = [
        catalog.say(
            "letter-state",
            channels=joint.join(catalog.say(f"in-{each.channel}") for each in group),
            state=catalog.say(standing.value),
        )
        for standing, group in _by_standing(legs)
    ]
    return catalog.say("letter-states-joint").join(alike)


def _by_standing(legs: list[Leg]) -> Iterator[tuple[Standing, list[Leg]]]:
    ordered = sorted(legs, key=lambda leg: leg.channel is Channel.EMAIL)
    for standing in dict.fromkeys(leg.standing for leg in ordered):
        yield standing, [leg for leg in ordered if leg.standing is standing]
