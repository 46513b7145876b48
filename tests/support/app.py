"""The real program in a test: its Application over the embedded Telegram, its store in a file."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from telegram import Bot

from bot.app import DATABASE, App
from bot.botapi.client import Requests
from bot.botapi.extras import Extra
from bot.clock import Clock
from bot.email_address import check
from bot.local.messages import Message
from bot.local.other_kinds import OtherKind
from bot.local.people import Person
from bot.local.request import LocalRequest
from bot.settings import Settings, SmtpSettings, TelegramSettings, parse_settings
from bot.store import addresses, people
from bot.store.replies import OwedReply
from bot.text import Words
from bot.tuning import Tuning
from tests.support.bot_api import BotApiServer, PatientClient, over_http
from tests.support.clock import ManualClock
from tests.support.delivery_side import ADMIN, Lanes, open_lanes
from tests.support.new_store import put_store
from tests.support.settings import environ_of
from tests.support.telegram import ScriptedTelegram, in_memory
from tests.support.tuning import UNPACED, tuned


@dataclass(slots=True)
class FakeUser:
    """A person who talks to the bot, each act handled to its end before it returns."""

    app: App
    telegram: ScriptedTelegram
    person: Person

    async def say(self, text: str | Words) -> list[Message]:
        """Send a text; returns what the bot answered."""
        return await self.handled(self.telegram.say(self.person, text))

    async def press(self, label: str) -> list[Message]:
        """Press the newest button whose label contains `label`; returns what the bot answered."""
        return await self.handled(self.telegram.press(self.person, label))

    async def open(self, link: str) -> list[Message]:
        """Tap a deep link; returns what the bot answered."""
        return await self.handled(self.telegram.open(self.person, link))

    async def forge(self, data: str) -> list[Message]:
        """Press a button that the bot never gave; returns what it answered."""
        return await self.handled(self.telegram.forge(self.person, data))

    async def edit(self, message_id: int, text: str) -> list[Message]:
        """Edit a message of one's own; returns what the bot answered."""
        return await self.handled(self.telegram.edit(self.person, message_id, text))

    async def send_other(self, kind: str) -> list[Message]:
        """Send a sticker, photo or voice message; returns what the bot answered."""
        return await self.handled(self.telegram.send(self.person, OtherKind(kind)))

    async def handled(self, update_id: int) -> list[Message]:
        """Wait until an update, just queued, is handled and what it made due is out.

        Returns the messages that are new, or say something else now.
        """
        before = {each.id: each.text for each in self.heard}
        await self.telegram.confirmed(update_id)
        await self.app.answered()
        await self.app.lane_runner.idle()
        return [each for each in self.heard if before.get(each.id) != each.text]

    async def write(self, words: str | Words) -> list[Message]:
        """Begin a letter with those words; returns what the bot answered to them."""
        await self.say("/write")
        return await self.say(words)

    async def seal(
        self, words: str | Words, address: str, *, confirmed: bool = True
    ) -> list[Message]:
        """Write and seal a letter to a typed address; returns the bot's last answer.

        The address is one that this person confirmed before, unless told otherwise.
        """
        if confirmed:
            await self.has_confirmed(address)
        await self.write(words)
        return await self.say(address)

    async def has_confirmed(self, address: str) -> None:
        """Let an address be one that this person confirmed earlier."""
        now = self.app.clock.now()
        async with self.app.database.transaction() as tx:
            zone = ZoneInfo("Asia/Seoul")
            code = self.person.language_code
            await people.upsert_person(tx, self.person.id, language=code, zone=zone, now=now)
            used = await addresses.use(tx, self.person.id, check(address).address, now)
            await addresses.note_confirmed(tx, used.id, now)

    @property
    def heard(self) -> list[Message]:
        """Return everything the bot said in this person's chat."""
        return [each for each in self.telegram.chat(self.person) if each.by_bot]

    @property
    def last_own(self) -> Message:
        """Return the newest message of this person's own."""
        return [each for each in self.telegram.chat(self.person) if not each.by_bot][-1]


@dataclass(slots=True)
class Harness:
    """Where a test's program stands: open it, close it and open it again on the same store.

    All of it is an `app`, its posting side alone are `lanes`.

    `offers_zone` is as in `put_store`. `api`: a Bot API on loopback that serves the same Telegram,
    for the calls over HTTP.
    """

    folder: Path
    clock: ManualClock
    smtp_port: int
    telegram: ScriptedTelegram
    environ: Mapping[str, str] = field(default_factory=dict)
    api: BotApiServer | None = None
    tuning: Tuning = UNPACED
    offers_zone: bool = False

    @property
    def settings(self) -> Settings:
        """Return the settings an operator would have."""
        return parse_settings(
            {
                "DATA_DIR": str(self.folder),
                **environ_of(
                    smtp_port=self.smtp_port,
                    api=self.api.origin if self.api else None,
                    token=self.api.token if self.api else "1:test",
                ),
                **self.environ,
            }
        )

    @asynccontextmanager
    async def app(self) -> AsyncIterator[App]:
        """Open the app and start it; it is closed at the end of the block."""
        put_store(self.folder, offers_zone=self.offers_zone)
        app = await open_app(self.settings, self.clock, self.telegram, self.tuning, api=self.api)
        try:
            await app.start()
            yield app
        finally:
            await app.close()

    @asynccontextmanager
    async def lanes(
        self,
        *,
        smtp: SmtpSettings | None = None,
        bot: Bot | None = None,
        tuning: Tuning | None = None,
        admin: int | None = ADMIN,
        alone: bool = True,
    ) -> AsyncIterator[Lanes]:
        """Open the posting side alone; leaving cuts off what is under way.

        `smtp`, `bot`: another way to the mail server and to Telegram than the app's.
        `alone`: as at the program's start, leases of earlier workers are ended.
        """
        put_store(self.folder)
        smtp = smtp or self.settings.smtp
        assert smtp is not None
        async with AsyncExitStack() as stack:
            if bot is None and self.api is not None:
                bot = await stack.enter_async_context(over_http(self.api))
            lanes = open_lanes(
                self.folder / DATABASE,
                clock=self.clock,
                smtp=smtp,
                bot=bot or in_memory(self.telegram),
                tuning=tuning or tuned(),
                admin=admin,
                alone=alone,
            )
            yield await stack.enter_async_context(lanes)

    def user(self, app: App, name: str = "you", language: str | None = "en") -> FakeUser:
        """Return a person who talks to that app."""
        person = self.telegram.set_language(self.telegram.person(name), language)
        return FakeUser(app=app, telegram=self.telegram, person=person)

    async def pass_time(self, app: App, by: timedelta) -> None:
        """Move the clock and let all that falls due go out."""
        await self.let_wait(app, by)
        await app.settle()

    async def let_wait(self, app: App, by: timedelta) -> None:
        """Move the clock and let replies that waited for it go; nothing else falls due."""
        self.clock.advance(by)
        await asyncio.sleep(0)  # who slept on the clock wakes
        await app.answered()


async def open_app(
    settings: Settings,
    clock: Clock,
    telegram: ScriptedTelegram,
    tuning: Tuning = UNPACED,
    *,
    api: BotApiServer | None = None,
) -> App:
    """Open an app upon an embedded Telegram; whoever asks starts and closes it.

    `api`: its calls, all but the polling, go to that server over HTTP.
    """
    telegram_settings, smtp = settings.telegram, settings.smtp
    assert isinstance(telegram_settings, TelegramSettings)
    assert isinstance(smtp, SmtpSettings)
    return await App.open(
        settings,
        telegram=telegram_settings,
        smtp=smtp,
        clock=clock,
        requests=Requests(
            calls=PatientClient(api) if api else LocalRequest(telegram),
            updates=LocalRequest(telegram),
        ),
        tuning=tuning,
    )


def send_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send no reply from now on, as a kill does right after the commit of what they tell of."""

    def send(_: Iterable[OwedReply]) -> None:
        pass

    def add(_: int, __: Iterable[Extra]) -> None:
        pass

    monkeypatch.setattr(app.replies, "send", send)
    monkeypatch.setattr(app.replies, "add", add)
