"""What fake users do, from the first word to the last.

Each goes on only upon the reply that must be heard, so a reply that is lost leaves it standing.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tests.crash.deliveries import DAYS
from tests.crash.fake_user import REFUSED, FakeUser
from tests.crash.plan import Step
from tests.crash.replies import ANSWERED, LETTERS, NOTED, recalled
from tests.support.mails import LIFT, STOP
from tests.support.smtp import Accepted

Story = Callable[[FakeUser], Coroutine[Any, Any, None]]
ADDED = "And stretch before."
NOTE = "It rained, and the lights were out."
HALF = "button-half"
A_DATE = ","
"""What every date has in it, and no other button beside it."""

Way = Callable[[FakeUser, str, Accepted], None]


async def seal(user: FakeUser) -> None:
    """Seal a letter to an address confirmed earlier."""
    await _write(user, user.mailboxes.first)
    await user.hears("sealed")


async def confirm_by_code(user: FakeUser) -> None:
    """Seal to an address never used, and type the digits of its mail."""
    await _seal_unconfirmed(user, user.mailboxes.first)
    await _confirm(user, user.mailboxes.first, FakeUser.types_code)


async def confirm_by_link(user: FakeUser) -> None:
    """Seal to an address never used, and tap the link of its mail."""
    await _seal_unconfirmed(user, user.mailboxes.first)
    await _confirm(user, user.mailboxes.first, FakeUser.taps_link)


async def replace_by_button(user: FakeUser) -> None:
    """Return another address, by the buttons under the reply, and confirm that."""
    await _seal_unconfirmed(user, user.mailboxes.first)
    await _find_no_mail(user)
    await _replace(user)


async def replace_as_offered(user: FakeUser) -> None:
    """Return another address when the chat says that the first takes no mail, and confirm that."""
    await _seal_unconfirmed(user, user.mailboxes.dead)
    if await user.finds_note(user.mailboxes.dead) == REFUSED:
        user.presses("button-change-address")
        await user.hears("ask-new-address")
    else:
        await _find_no_mail(user)
    await _replace(user)


async def leave_unconfirmed(user: FakeUser) -> None:
    """Seal to an address, and never confirm it: the letter comes in the chat alone."""
    await _seal_unconfirmed(user, user.mailboxes.first)


async def stop_mail(user: FakeUser) -> None:
    """Confirm an address, and then stop all mail to it."""
    address = user.mailboxes.first
    await _seal_unconfirmed(user, address)
    mail = await _confirm(user, address, FakeUser.taps_link)
    user.opens(mail, STOP)
    await user.hears("stop-ask")
    user.stops(address)
    await user.hears("stop-done")
    user.is_told_of_stop(address)


async def lift_stop(user: FakeUser) -> None:
    """Stop all mail to an address, allow it again by the last mail, and confirm it anew."""
    address = user.mailboxes.first
    await stop_mail(user)
    last = await user.finds_last_mail(address)
    user.opens(last, LIFT)
    await user.hears("lift-ask")
    user.lifts(address)
    await user.hears("lift-done")
    user.asks_for_mail()
    await user.hears("confirm-sent")
    await _confirm(user, address, FakeUser.taps_link)


async def move_away(user: FakeUser) -> None:
    """Confirm an address, and then choose another time zone, to which all that is due moves."""
    await confirm_by_link(user)
    user.says("/settings")
    await user.hears("settings")
    user.asks_to_move()
    await user.hears("settings-zone")
    user.says("Sydney")
    await user.hears("settings")
    user.has_time_again()


async def erase_everything(user: FakeUser) -> None:
    """Seal a letter, and have everything erased while its address waits to be confirmed."""
    await _seal_unconfirmed(user, user.mailboxes.first)
    await user.finds_code(user.mailboxes.first)
    user.asks_to_erase()
    await user.hears("delete-ask")
    user.erases()
    await user.hears("delete-done")
    user.is_told_of_erasure()


async def take_back(user: FakeUser) -> None:
    """Seal a letter, and take it back while that can be done."""
    user.has_little_time()
    await _seal_unconfirmed(user, user.mailboxes.first)
    user.takes_back()
    await user.hears("taken-back")
    user.is_told_of_taking_back()


async def change_words(user: FakeUser) -> None:
    """Seal a letter, and give it other words while that can be done."""
    user.has_little_time()
    await _seal_unconfirmed(user, user.mailboxes.first)
    user.presses("button-change")
    await user.hears("ask-changed-words")
    user.rewrites(f"Not that. {user.words}", user.mailboxes.first)
    await user.hears("sealed")
    user.has_time_again()


async def add_and_move(user: FakeUser) -> None:
    """Seal a letter, add to it, and let its first day come sooner."""
    await seal(user)
    user.says("/letters")
    await user.hears(LETTERS)
    user.presses_label("1")
    await user.hears("letter-sealed-on")
    user.has_little_time()
    user.presses("button-postscript")
    await user.hears("ask-postscript")
    user.says(ADDED)
    await user.hears("postscript-added")
    user.is_told_of_addition(ADDED)
    user.has_little_time()
    user.presses("button-move-date")
    await user.hears("move-which")
    user.presses_label(A_DATE)
    await user.hears("move-when")
    user.moves_to("tomorrow")
    await user.hears("letter-moved")
    user.has_time_again()


async def choose_other_days(user: FakeUser) -> None:
    """Seal a letter, and let it come tomorrow and on its last day instead."""
    user.has_little_time()
    await seal(user)
    user.presses("button-other-days")
    await user.hears("ask-other-days")
    user.moves_to(f"1 and {DAYS[-1]}")
    await user.hears("other-days-chosen")
    user.has_time_again()


async def answer_by_button(user: FakeUser) -> None:
    """Answer under the letter that came back, and leave a note."""
    await user.finds_reminder()
    user.has_little_time()
    user.presses(HALF)
    await _leave_note(user)


async def answer_by_mail(user: FakeUser) -> None:
    """Answer by a link of the letter that came by mail, and leave a note."""
    mail = await user.finds_letter()
    user.has_little_time()
    user.answers_by_mail(mail, HALF)
    await _leave_note(user)


FRESH: tuple[Story, ...] = (
    confirm_by_code,
    confirm_by_link,
    replace_by_button,
    replace_as_offered,
    leave_unconfirmed,
    stop_mail,
    lift_stop,
    move_away,
    erase_everything,
    take_back,
    change_words,
)
"""Those that begin with an address nobody has confirmed."""

CONFIRMED: tuple[Story, ...] = (seal, add_and_move, choose_other_days)
"""Those of somebody who has confirmed their address before."""

RETURNING: tuple[Story, ...] = (answer_by_button, answer_by_mail)
"""Those of somebody whose letter comes back for the first time."""

LEADING_TO: Mapping[Step, tuple[Story, ...]] = {
    Step.CONFIRMED: (confirm_by_code, confirm_by_link),
    Step.REPLACED: (replace_by_button, replace_as_offered),
    Step.SUPPRESSION_LISTED: (stop_mail, lift_stop),
    Step.SUPPRESSED: (stop_mail, lift_stop),
    Step.LIFT_LISTED: (lift_stop,),
    Step.LIFTED: (lift_stop,),
    Step.ANSWERED: RETURNING,
    Step.NOTED: RETURNING,
    Step.KEYS_DOOMED: (erase_everything,),
    Step.DELETED: (erase_everything,),
}
"""Which stories come to a step."""

ENDINGS: Mapping[str, Story] = {
    "sealed": seal,
    "confirm-sent": confirm_by_code,
    "confirm-confirmed": confirm_by_link,
    "address-replaced-unconfirmed": replace_by_button,
    "stop-done": stop_mail,
    "lift-done": lift_stop,
    "settings": move_away,
    "delete-done": erase_everything,
    "taken-back": take_back,
    "postscript-added": add_and_move,
    "letter-moved": add_and_move,
    "other-days-chosen": choose_other_days,
    ANSWERED: answer_by_button,
    NOTED: answer_by_mail,
}
"""The replies that tell of something stored, each with a story in which it is said."""


async def _write(user: FakeUser, address: str) -> None:
    user.says("/write")
    await user.hears("ask-words")
    user.says(user.words)
    await user.hears("so-far")
    user.gives(address)


async def _seal_unconfirmed(user: FakeUser, address: str) -> None:
    await _write(user, address)
    await user.hears("sealed")
    await user.hears("confirm-sent")


async def _confirm(user: FakeUser, address: str, way: Way) -> Accepted:
    """Return the mail that confirmed the address; one that is lost or too old is asked for anew."""
    while True:
        if mail := await user.finds_code(address):
            way(user, address, mail)
            if await user.hears("confirm-confirmed", "confirm-expired") == "confirm-confirmed":
                return mail
        user.asks_for_mail()
        await user.hears("confirm-sent")


async def _leave_note(user: FakeUser) -> None:
    await user.hears(ANSWERED)
    user.is_told_of_recalling(recalled(HALF))
    user.says(NOTE)
    await user.hears(NOTED)
    user.is_told_of_recalling(NOTE)
    user.has_time_again()


async def _find_no_mail(user: FakeUser) -> None:
    user.presses("button-no-mail")
    await user.hears("spam")
    user.presses("button-wrong-address")
    await user.hears("ask-new-address")


async def _replace(user: FakeUser) -> None:
    user.gives(user.mailboxes.other)
    await user.hears("address-replaced-unconfirmed")
    await _confirm(user, user.mailboxes.other, FakeUser.types_code)
