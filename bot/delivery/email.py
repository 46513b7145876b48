"""The transport of the email channel: SMTP."""

from collections.abc import Callable
from datetime import timedelta

from bot.botapi.deep_links import STOP
from bot.clock import Clock
from bot.delivery.outcome import STOPPED, Blame, Clarity, Outcome, Refused
from bot.delivery.smtp import Limits, SmtpFailure
from bot.delivery.smtp_pool import Pool
from bot.delivery.transport import BeforeSend
from bot.letters import Channel
from bot.locales import Language, catalog, language_of
from bot.mail.compose import Envelope, Headers, UnfitForMail, compose
from bot.messages.message import MailMessage, Sending
from bot.messages.reminder import ReminderMessage
from bot.settings import SmtpSettings
from bot.store.deliveries import Delivery, MailTo


class EmailTransport:
    """Submits mail to the operator's mail server."""

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
        self.at_once = settings.connections
        # So many are sent, as many wait for that, and as many are being settled.
        self.under_way = self.claimed_together = 3 * settings.connections
        self._settings = settings
        self._domain = settings.domain
        self._clock = clock
        self._language = language
        self._bot_link = bot_link
        self._pool = Pool(settings, clock, limits)

    async def turn(self) -> timedelta:
        """Return zero at once: the lane bounds how many attempts are under way."""
        return timedelta()

    async def send(self, delivery: Delivery, before_send: BeforeSend) -> Outcome:
        """Try once. Raises what `before_send` does."""
        mail_to = delivery.mail_to
        if mail_to is not None and mail_to.suppressed:
            return _refused(STOPPED)
        try:
            envelope = self._envelope(delivery, mail_to)
        except UnfitForMail:
            return _refused("address-unfit")
        waits = isinstance(delivery.message, ReminderMessage)
        while True:
            try:
                async with self._pool.session(waits=waits) as session:
                    return await session.submit(envelope, before_send)
            except SmtpFailure as end:
                if not (end.stale or self._pool.is_refused(end)):
                    return end.outcome

    async def rest(self) -> None:
        """Close idle connections."""
        await self._pool.rest()

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    def _envelope(self, delivery: Delivery, mail_to: MailTo | None) -> Envelope:
        if mail_to is None:
            raise UnfitForMail
        if not isinstance(delivery.message, MailMessage):
            raise TypeError("a message that is never mailed")
        language = language_of(delivery.person.language, self._language)
        sending = Sending(
            catalog=catalog(language),
            now=self._clock.now(),
            due_at=delivery.due_at,
            zone=delivery.person.zone,
            token=delivery.token,
            doubts=delivery.doubts,
            chat_blocked=delivery.person.blocked,
            bot_link=self._bot_link(),
            unsubscribe_token=mail_to.unsubscribe_token,
            names_letters=self._settings.names_letters,
        )
        headers = Headers(
            sender=self._settings.sender,
            recipient=mail_to.address,
            message_id=self._message_id(delivery.token),
            thread=tuple(map(self._message_id, delivery.thread)),
            date=sending.now,
            language=language,
            unsubscribe=sending.link(STOP, mail_to.unsubscribe_token),
        )
        return compose(delivery.message.as_mail(sending), headers)

    def _message_id(self, token: str) -> str:
        return f"<{token}@{self._domain}>"


def _refused(reason: str) -> Refused:
    """Return a refusal that is this program's own, before any server is asked."""
    return Refused(reason=reason, blame=Blame.ADDRESS, clarity=Clarity.CERTAIN)
