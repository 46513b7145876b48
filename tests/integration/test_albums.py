"""An album is one thing to whoever sends it, and many messages to Telegram."""

from bot.local.messages import Message
from tests.support.app import FakeUser
from tests.support.talk import texts, told


async def send_album(user: FakeUser, album: str) -> list[Message]:
    """Send an album of three photos; returns what the bot answered to them."""
    heard = len(user.heard)
    photo = {"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}
    for number in range(3):
        message = {
            "message_id": 900 + number,
            "date": 1_767_225_600,
            "chat": {"id": user.person.id, "type": "private"},
            "from": user.person.as_user(),
            "media_group_id": album,
            "photo": [photo],
        }
        await user.handled(user.telegram._queued("message", message))
    return user.heard[heard:]


async def test_an_album_is_answered_once(user: FakeUser) -> None:
    assert texts(await send_album(user, "1")) == [told("stray")]
    await user.say("/write")
    assert texts(await send_album(user, "2")) == [told("words-only")]
    assert texts(await user.send_other("photo")) == [told("words-only")]
