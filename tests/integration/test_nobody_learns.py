"""Whoever types an address learns nothing of its holder, nor of what others did with it.

A person goes through all that they can do with an address of which they can't read the mail. What
they hear, press and are handed must be the same, word for word, whether the address is fresh, or
one whose holder stopped mail, or one that others asked for just before, or one at which the mail
server leaves in doubt what became of the mail.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.local.messages import Said
from bot.locales import LANGUAGES, Language, catalog
from bot.messages.address_unconfirmed import NO_MAIL_THERE
from bot.store import addresses
from tests.support.app import FakeUser, Harness
from tests.support.clock import ManualClock
from tests.support.faults import accept_then_drop
from tests.support.mails import STOP, link_in
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told
from tests.support.telegram import ScriptedTelegram

ADDRESS = "holder@gmail.com"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_MESSAGE_NUMBERS = re.compile(r'"message_id": \d+|"message_ids": \[[^]]*\]')

Prelude = Callable[[Harness, App, ScriptedSmtp], Awaitable[None]]


async def fresh(*_: object) -> None:
    """Let nobody have asked."""


async def stopped(harness: Harness, app: App, server: ScriptedSmtp) -> None:
    """Let the holder have stopped mail, whom nobody has confirmed."""
    other = harness.user(app, "other")
    await other.seal("x", ADDRESS, confirmed=False)
    await other.open(link_in(server.accepted[-1], STOP))
    await other.press(told("button-stop"))


async def confirmed_and_stopped(harness: Harness, app: App, server: ScriptedSmtp) -> None:
    """Let the holder have confirmed the address, and stopped mail."""
    other = harness.user(app, "other")
    await other.has_confirmed(ADDRESS)
    await stopped_by_a_reminder(harness, other, server)


async def stopped_by_a_reminder(harness: Harness, other: FakeUser, server: ScriptedSmtp) -> None:
    await other.seal("x", ADDRESS)
    await harness.pass_time(other.app, 7 * DAY)
    await other.open(link_in(server.accepted[-1], STOP))
    await other.press(told("button-stop"))
    harness.clock.set(harness.clock.now() - 7 * DAY)


async def capped(harness: Harness, app: App, server: ScriptedSmtp) -> None:
    """Let others have asked for that very address, and for other spellings of it."""
    for number, spelling in enumerate((ADDRESS, "h.older@gmail.com", "holder+x@googlemail.com")):
        await harness.user(app, f"other {number}").seal("x", spelling, confirmed=False)


async def guessed_at(harness: Harness, app: App, server: ScriptedSmtp) -> None:
    """Let others have used up the guesses of a day."""
    for number in range(2):
        other = harness.user(app, f"other {number}")
        await other.seal("x", ADDRESS, confirmed=False)
        for code in range(5):
            await other.say(f"{code:06}")


async def in_doubt(harness: Harness, app: App, server: ScriptedSmtp) -> None:
    """Let the server's yes to each mail get lost."""
    server.fault(Phase.FINAL_DOT, accept_then_drop())


@asynccontextmanager
async def world(folder: Path, prelude: Prelude) -> AsyncIterator[tuple[Harness, App]]:
    clock = ManualClock()
    telegram = ScriptedTelegram(clock=clock)
    async with ScriptedSmtp() as server:
        harness = Harness(folder=folder, clock=clock, smtp_port=server.port, telegram=telegram)
        async with harness.app() as app:
            await prelude(harness, app, server)
            yield harness, app


async def all_that_is_heard(folder: Path, prelude: Prelude, language: Language) -> list[object]:
    """Return what somebody hears and is handed who tries everything with the address."""
    say = catalog(language).say
    async with world(folder, prelude) as (harness, app):
        exports: list[object] = []

        def take(said: Said) -> None:
            if said.upload is not None:
                text = said.upload.content.decode()
                exports.append(_MESSAGE_NUMBERS.sub("", text))

        harness.telegram.on_said = take
        user = harness.user(app, "curious", language)
        await user.seal("words", ADDRESS, confirmed=False)
        await user.seal("at once", ADDRESS, confirmed=False)
        await user.say("/export")
        await user.press(say("button-no-mail"))
        await user.press(say("button-confirm-later", when="").strip())
        await user.say("000000")
        await user.say("/confirm")
        await user.say("code is 000001")
        await user.say("/export")
        for hours in (1, 1, 22):
            await harness.pass_time(app, hours * HOUR)
            await user.say("/confirm")
            await user.say("000002")
        await user.write("more words")
        await user.press(ADDRESS)
        for code in range(6):
            await user.say(f"{code:06}")
        await harness.pass_time(app, 7 * DAY)
        await user.say("000009")
        await user.say("/confirm")
        await user.say("/export")
        await user.say("/letters")
        await user.press("1")
        await harness.pass_time(app, 30 * DAY)
        await user.say("/confirm")
        await try_what_came_later(harness, user, say)
        # What falls due at one moment comes in any order.
        return [*sorted(texts(user.heard)), *sorted(labels(user.heard)), *exports]


async def try_what_came_later(harness: Harness, user: FakeUser, say: Callable[..., str]) -> None:
    """Try the address in /settings, for one letter, and after taking a letter back."""
    await user.say("/settings")
    await user.press(say("button-address"))
    await user.say(ADDRESS)
    await user.say("/settings")
    for _ in range(2):
        await user.seal("taken back", ADDRESS, confirmed=False)
        await user.press(say("button-take-back"))
    await user.seal("stays", ADDRESS, confirmed=False)
    await harness.pass_time(user.app, HOUR)
    await user.say("/letters")
    await user.press("1")
    await user.press(say("button-address"))
    await user.say("mine@example.com")
    await user.say("/letters")
    await user.press("1")
    await user.press(say("button-address"))
    await user.say(ADDRESS)
    await harness.pass_time(user.app, DAY)
    await user.press(say("button-send-mail-again"))
    own = await addresses.unconfirmed(user.app.database.reader, user.person.id)
    await user.forge(NO_MAIL_THERE.data(own[0].id))
    await user.say("/letters")
    await user.press("1")
    await user.say("/settings")
    await user.say("/export")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "prelude",
    [
        stopped,
        confirmed_and_stopped,
        capped,
        guessed_at,
        in_doubt,
    ],
    ids=lambda each: each.__name__,
)
async def test_an_address_shows_nothing_of_its_holder_nor_of_others(
    tmp_path: Path, prelude: Prelude, language: Language
) -> None:
    one, another = tmp_path / "one", tmp_path / "another"
    for folder in (one, another):
        folder.mkdir()
    heard = await all_that_is_heard(one, fresh, language)
    assert len(heard) > 30
    assert await all_that_is_heard(another, prelude, language) == heard
