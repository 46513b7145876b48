"""What a feature of the chat answers to. Each has a module, which exports its `FEATURE`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.botapi.buttons import Press, PressWith
from bot.botapi.deep_links import DeepLink
from bot.chat.exchange import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Who answers what, in private.

    `texts` go by a pattern and come before all else.
    """

    texts: Mapping[str, Handler] = field(default_factory=dict)
    links: Mapping[DeepLink, Handler] = field(default_factory=dict)
    presses: Mapping[Press | PressWith[Any], Handler] = field(default_factory=dict)
    commands: Mapping[str, Handler] = field(default_factory=dict)
