"""Builds the posting side: a lane for each channel, and what runs them."""

import random
from collections.abc import Callable

from telegram import Bot

from bot.botapi.budget import CallBudget
from bot.clock import Clock
from bot.delivery.chat import ChatTransport
from bot.delivery.email import EmailTransport
from bot.delivery.lane import Lane, LaneSettings
from bot.delivery.lane_runner import LaneRunner
from bot.delivery.opening import Opener
from bot.delivery.report import Reporter
from bot.delivery.smtp import Limits
from bot.locales import Language
from bot.operator import Operator
from bot.precedence import Precedence
from bot.settings import SmtpSettings
from bot.store.database import Database


class DeliverySide:
    """The lanes, what runs them, and the reporter that tells the operator of them.

    `bot_link` returns the link to the bot once it is known. `seed` makes the jitter the same in
    each run.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        operator: Operator,
        precedence: Precedence,
        language: Language,
        smtp: SmtpSettings,
        bot: Bot,
        bot_link: Callable[[], str | None],
        lane: LaneSettings,
        budget: CallBudget,
        limits: Limits,
        seed: int | None = None,
    ) -> None:
        transports = (
            EmailTransport(smtp, clock=clock, language=language, bot_link=bot_link, limits=limits),
            ChatTransport(bot, clock=clock, language=language, budget=budget),
        )
        self.lanes = [
            Lane(
                transport,
                database=database,
                clock=clock,
                operator=operator,
                precedence=precedence,
                settings=lane,
                randomness=random.Random(seed),  # noqa: S311 - jitter is no secret
                wake=self._wake,
            )
            for transport in transports
        ]
        self.lane_runner = LaneRunner(self.lanes)
        database.on_due = self.lane_runner.wake
        self.opener = Opener(database=database, clock=clock, operator=operator)
        self.reporter = Reporter(
            database=database,
            clock=clock,
            operator=operator,
            language=language,
            lanes=[each.health for each in self.lanes],
        )

    def _wake(self) -> None:
        self.lane_runner.wake()
