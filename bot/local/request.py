"""The Bot API without a network: python-telegram-bot's requests, answered in the process."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from telegram.request import BaseRequest, RequestData

from bot.local.messages import Upload
from bot.local.telegram import Telegram


class LocalRequest(BaseRequest):
    """Answers each request from a `Telegram`; time-outs mean nothing, nothing being on its way."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    @property
    def read_timeout(self) -> float | None:
        """Return None: an answer is waited for as long as it takes."""
        return None

    async def initialize(self) -> None:
        """Do nothing: there is no connection to open."""

    async def shutdown(self) -> None:
        """Do nothing: there is no connection to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        """Return the HTTP status and the body for a POST to `<base url><token>/<method>`."""
        # A network lets others run before it answers; so does this.
        await asyncio.sleep(0)
        if method != "POST":
            return HTTPStatus.NOT_FOUND, b'{"ok":false,"description":"Not Found"}'
        parameters: Mapping[str, object] = {}
        if request_data is not None:
            parameters = {**request_data.parameters, **_uploads(request_data)}
        return await self._telegram.call(url.rsplit("/", 1)[-1], parameters)


def _uploads(request_data: RequestData) -> Mapping[str, Upload]:
    return {
        part: Upload(name=name, content=content if isinstance(content, bytes) else content.read())
        for part, (name, content, _) in request_data.multipart_data.items()
    }
