"""The email channel."""

from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.lateness import days_ago, is_late
from bot.delivery.outcome import STOPPED, Blame, Outcome, Refused
from bot.delivery.smtp import Limits, SmtpFailure
from bot.delivery.smtp_pool import Pool
from bot.delivery.transport import BeforeSend
from bot.letters import Channel, Delivery, Kind
from bot.locales import Language, catalog, language_of
from bot.mail.compose import Envelope, Headers, UnfitForMail, compose
from bot.mail.confirmation import confirmation_page
from bot.mail.page import Page
from bot.mail.reminder import reminder_page
from bot.settings import SmtpSettings


class EmailTransport:
    """Hands mail in at the operator's mail server."""

    channel = Channel.EMAIL

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        clock: Clock,
        language: Language,
        bot_link: Callable[[], str | None],
        limits: Limits | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._language = language
        self._bot_link = bot_link
        self._pool = Pool(settings, clock, limits)

    async def turn(self) -> timedelta:
        """Return at once: as many attempts are under way as the lane begins."""
        return timedelta()

    async def send(self, delivery: Delivery, before_send: BeforeSend) -> Outcome:
        """Try once. Raises what `before_send` does."""
        if delivery.stopped:
            return Refused(reason=STOPPED, blame=Blame.ADDRESS)
        try:
            envelope = self._envelope(delivery)
        except UnfitForMail:
            return Refused(reason="address-unfit", blame=Blame.ADDRESS)
        while True:
            try:
                async with self._pool.session() as session:
                    return await session.submit(envelope, before_send)
            except SmtpFailure as end:
                if not end.stale:
                    return end.outcome

    async def rest(self) -> None:
        """Let go of idle connections."""
        await self._pool.rest()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pool.close()

    def _envelope(self, delivery: Delivery) -> Envelope:
        language = language_of(delivery.language, self._language)
        if delivery.address is None:
            raise UnfitForMail
        headers = Headers(
            sender=self._settings.sender,
            recipient=delivery.address,
            message_id=f"<{delivery.token}@{self._settings.domain}>",
            date=self._clock.now(),
            language=language,
            unsubscribe=self._link("s", delivery.unsubscribe_token),
        )
        return compose(self._page(delivery, language), headers)

    def _page(self, delivery: Delivery, language: Language) -> Page:
        letter, day = delivery.letter, delivery.day
        stop_link = self._link("s", delivery.unsubscribe_token)
        if delivery.kind is Kind.CONFIRMATION and delivery.code is not None:
            return confirmation_page(
                catalog=catalog(language),
                code=delivery.code,
                link=self._link("c", delivery.link_token),
                stop_link=stop_link,
            )
        if delivery.kind is not Kind.REMINDER or letter is None or day is None:
            raise ValueError(f"{delivery.kind} has no mail")
        now = self._clock.now()
        return reminder_page(
            catalog=catalog(language),
            words=letter.words,
            days_ago=days_ago(day, delivery.due_at, now),
            sealed_at=letter.sealed_at,
            due_at=delivery.due_at,
            zone=letter.zone,
            late=is_late(delivery.due_at, now),
            chat_blocked=delivery.blocked,
            bot_link=self._bot_link(),
            last=delivery.last,
            stop_link=stop_link,
        )

    def _link(self, kind: str, payload: str | None) -> str | None:
        """Return a deep link (https://core.telegram.org/bots/features#deep-linking)."""
        bot_link = self._bot_link()
        return f"{bot_link}?start={kind}{payload}" if bot_link and payload else None
