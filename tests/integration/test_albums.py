"""An album is one thing to whoever sends it, and many messages to Telegram."""

from bot.local.messages import Message
from tests.support.house import Guest
from tests.support.talk import texts, told


async def send_album(guest: Guest, album: str) -> list[Message]:
    """Send an album of three photos; gives what the bot answered to them."""
    heard = len(guest.heard)
    photo = {"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}
    for number in range(3):
        message = {
            "message_id": 900 + number,
            "date": 1_767_225_600,
            "chat": {"id": guest.person.id, "type": "private"},
            "from": guest.person.as_user(),
            "media_group_id": album,
            "photo": [photo],
        }
        await guest.handled(guest.telegram._queued("message", message))
    return guest.heard[heard:]


async def test_an_album_is_answered_once(guest: Guest) -> None:
    assert texts(await send_album(guest, "1")) == [told("stray")]
    await guest.say("/write")
    assert texts(await send_album(guest, "2")) == [told("words-only")]
    assert texts(await guest.send_other("photo")) == [told("words-only")]
