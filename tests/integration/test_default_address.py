"""The address that is offered first, chosen in /settings."""

from datetime import timedelta

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.mails import is_confirmation
from tests.support.rows import kept_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

ONE, OTHER = "one@example.com", "other@example.com"
WEEK = timedelta(days=7)


async def chooses(user: FakeUser, address: str) -> list[str]:
    """Let somebody choose an address; returns what the bot answered."""
    await user.say("/settings")
    await user.press(told("button-address"))
    return texts(await user.say(address))


async def test_it_is_offered_first_whatever_was_used_last(user: FakeUser) -> None:
    await user.has_confirmed(ONE)
    assert await chooses(user, ONE) == [told("address-default", address=ONE)]
    await user.seal("Run", OTHER)
    offered = labels(await user.write("Read"))
    assert [each for each in offered if "@" in each] == [ONE, OTHER]
    assert ONE in texts(await user.say("/settings"))[0]


async def test_one_used_before_can_be_pressed(user: FakeUser) -> None:
    await user.has_confirmed(ONE)
    await user.has_confirmed(OTHER)
    [page] = await user.say("/settings")
    [asked] = await user.press(told("button-address"))
    assert (asked.id, asked.text) == (page.id, told("ask-default-address"))
    assert texts(await user.press(ONE)) == [told("address-default", address=ONE)]


async def test_a_new_one_is_to_be_confirmed(user: FakeUser, smtp_server: ScriptedSmtp) -> None:
    [answer] = await chooses(user, ONE)
    said = (told(name, address=ONE) for name in ("address-default", "confirm-sent"))
    assert answer == "\n".join(said)
    [mail] = smtp_server.accepted
    assert is_confirmation(mail)
    assert told("settings-unconfirmed", address=ONE) in texts(await user.say("/settings"))[0]


async def test_a_slip_is_asked_about(user: FakeUser) -> None:
    assert await chooses(user, "me@gmial.com") == [told("did-you-mean", likelier="me@gmail.com")]
    answers = texts(await user.press(told("button-as-suggested", address="me@gmail.com")))
    assert answers[0].startswith(told("address-default", address="me@gmail.com"))


async def test_it_can_be_left_as_it_is_and_a_letter_under_way_goes_on(
    app: App, user: FakeUser
) -> None:
    await user.write("Run")
    assert await chooses(user, "cancel") == [told("address-left"), so_far("Run")]
    await user.has_confirmed(ONE)
    assert await chooses(user, ONE) == [told("address-default", address=ONE), so_far("Run")]
    words = await kept_words(app.database)
    assert words is not None
    assert words.text == "Run"


class TestAlong:
    async def test_letters_still_to_come_are_taken_along_if_that_is_wanted(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.has_confirmed(OTHER)
        await user.seal("Run", ONE)
        await user.write("Read")
        await user.press(told("button-just-here"))
        assert await chooses(user, OTHER) == [told("address-default-along", address=OTHER)]
        *_, answer = await user.press(told("button-along"))
        assert (texts([answer]), labels([answer])) == (
            [told("address-replaced", address=OTHER)],
            [],
        )
        await harness.pass_time(app, WEEK)
        assert [mail.recipients for mail in smtp_server.accepted] == [(OTHER,)] * 2

    async def test_or_go_where_they_went(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.has_confirmed(OTHER)
        await user.seal("Run", ONE)
        await chooses(user, OTHER)
        answer = await user.press(told("button-only-new"))
        assert (texts(answer), labels(answer)) == ([told("address-default", address=OTHER)], [])
        await harness.pass_time(app, WEEK)
        assert [mail.recipients for mail in smtp_server.accepted] == [(ONE,)]

    async def test_to_an_unconfirmed_one_nothing_goes_yet(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ONE)
        await chooses(user, OTHER)
        answer = texts(await user.press(told("button-along")))
        assert answer[-1:] == [told("address-along-unconfirmed", address=OTHER)]
        await harness.pass_time(app, WEEK)
        assert all(is_confirmation(mail) for mail in smtp_server.accepted)

    async def test_pressed_twice_it_changes_nothing_more(self, user: FakeUser) -> None:
        await user.has_confirmed(OTHER)
        await user.seal("Run", ONE)
        await chooses(user, OTHER)
        await user.press(told("button-along"))
        before = len(user.heard)
        await user.forge("address:along:2")
        assert len(user.heard) == before

    async def test_anothers_address_is_out_of_reach(self, harness: Harness, app: App) -> None:
        await harness.user(app, "one").seal("Run", ONE)
        other = harness.user(app, "other")
        await other.say("/settings")
        for data in ("address:along:1", "address:only-new:1"):
            assert texts(await other.forge(data)) == [told("stale-press")]


async def test_it_is_exported_and_gone_with_everything(user: FakeUser, app: App) -> None:
    await user.has_confirmed(ONE)
    await chooses(user, ONE)
    await user.say("/delete")
    assert texts(await user.press(told("button-delete"))) == [told("delete-done")]
    assert told("settings-no-address") in texts(await user.say("/settings"))[0]
