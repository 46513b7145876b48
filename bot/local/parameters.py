"""A call's parameters, however they were sent."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from bot.local.messages import Upload


class ApiError(Exception):
    """The Bot API refuses a call; the text is its `description`."""

    def __init__(self, description: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(description)
        self.status = status


class Parameters:
    """Reads parameters that come as values or, in a form's fields, as text or JSON.

    Each method raises ApiError for a value that can't be read.
    """

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        value = self._raw.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: float | None = None) -> int:
        """Return a whole number; a missing one without a default is refused."""
        value = self._raw.get(name, default)
        try:
            return int(float(value) if isinstance(value, float) else int(str(value)))
        except (ValueError, OverflowError):
            raise ApiError(f"Bad Request: {name} must be a number") from None

    def flag(self, name: str) -> bool:
        """Return whether it is true; a missing one isn't."""
        return self.text(name).lower() in {"true", "1"}

    def object(self, name: str) -> "Parameters | None":
        """Return the parameters that an object holds; None where there is none."""
        tree = self.tree(name)
        return Parameters(tree) if tree else None

    def tree(self, name: str) -> Any:
        """Return a list or an object; None where there is none."""
        value = self._raw.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise ApiError(f"Bad Request: can't parse {name}") from None

    def upload(self, name: str) -> Upload:
        """Return the file of that name, sent as such or attached (`attach://<part>`)."""
        value = self._raw.get(name)
        if isinstance(value, str):
            value = self._raw.get(value.removeprefix("attach://"))
        if not isinstance(value, Upload):
            raise ApiError(f"Bad Request: there is no {name} in the request")
        return value
