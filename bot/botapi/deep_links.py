"""Links into the private chat with the bot (https://core.telegram.org/bots/features#deep-linking).

Tapped, one sends `/start` with what it carries: at most 64 of `[A-Za-z0-9_-]`.
"""

from dataclasses import dataclass

TOO_LONG = r"^/start\s+\S{65}"
"""What no link can carry."""


@dataclass(frozen=True, slots=True)
class DeepLink:
    """A kind of link, known by its first letters; `with_payload`: something follows them."""

    name: str
    with_payload: bool = True

    @property
    def pattern(self) -> str:
        """Return what the text of a tap on such a link matches; its group is the payload."""
        most = 64 - len(self.name)
        payload = f"([A-Za-z0-9_-]{{1,{most}}})" if self.with_payload else ""
        return f"^/start {self.name}{payload}$"

    def url(self, bot_link: str, payload: str = "") -> str:
        """Return the link."""
        return f"{bot_link}?start={self.name}{payload}"


WRITE = DeepLink("write", with_payload=False)
CONFIRM = DeepLink("c")
STOP = DeepLink("s")
LIFT = DeepLink("l")
ANSWER = DeepLink("a")


def bot_link(username: str) -> str:
    """Return the link to the chat with a bot."""
    return f"https://t.me/{username}"
