"""A letter without an address: sealed for the chat alone, and given an address later or never."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.delivery.report import figures
from bot.local.messages import Message
from bot.locales import LANGUAGES, Catalog
from bot.store import exporting
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer, server_error
from tests.support.mails import CONFIRM, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import full_width, labels, so_far, texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
ADD = "address:add"  # of the button that asks for an address for all such letters
WEEK, DAY = timedelta(days=7), timedelta(days=1)
ANSWERS = [told("no-mail-answers", each).split("\n")[-1] for each in LANGUAGES]
LEFT = [told("leave-it-answers", each).split("\n")[-1] for each in LANGUAGES]


async def seal_here(user: FakeUser, words: str = "Run") -> Message:
    """Seal a letter for the chat alone; returns what the bot answered."""
    await user.write(words)
    [answer] = await user.press(told("button-just-here"))
    return answer


async def deliveries(app: App) -> list[tuple[str, int, str]]:
    rows = await app.database.reader.all(
        "SELECT channel, day, state FROM deliveries WHERE kind = 'reminder' ORDER BY channel, day"
    )
    return [(row["channel"], row["day"], row["state"]) for row in rows]


async def test_the_first_button_seals_for_the_chat_alone(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    [echo] = await user.write("Run")
    assert labels([echo])[0] == speech.say("button-just-here")
    [answer] = await user.press(speech.say("button-just-here"))
    assert answer.text.startswith(speech.say("sealed", words="Run", when="", change="").strip())
    assert labels([answer])[1] == speech.say("button-add-its-address")
    assert await deliveries(app) == [("chat", 7, "due"), ("chat", 30, "due")]
    for days in (7, 23):
        await harness.pass_time(app, timedelta(days=days))
        assert "Run" in user.heard[-1].text
    assert user.heard[-1].text.endswith(speech.say("ask-looking-back"))
    assert smtp_server.accepted == []
    assert await count(app.database, "addresses") == 0


@pytest.mark.parametrize("answer", ANSWERS)
async def test_words_in_any_language_say_so_too(app: App, user: FakeUser, answer: str) -> None:
    await user.write("Run")
    [sealed] = await user.say(f" {answer.capitalize()}! ")
    assert labels([sealed])[1] == told("button-add-its-address")
    assert await count(app.database, "letters") == 1


@pytest.mark.parametrize("answer", [full_width("skip"), "메일 없이요ㅠㅠ"])
async def test_however_an_input_method_writes_its_letters(user: FakeUser, answer: str) -> None:
    await user.write("Run")
    [sealed] = await user.say(answer)
    assert labels([sealed])[1] == told("button-add-its-address")


@pytest.mark.parametrize("words", ["후회는 없어요", "skip the lift", "no", "메일 없이 살아 보기"])
async def test_words_that_only_hold_such_an_answer_are_a_part(user: FakeUser, words: str) -> None:
    await user.write("Run")
    assert texts(await user.say(words)) == [so_far(f"Run\n{words}")]


async def test_before_there_are_words_such_an_answer_is_words(app: App, user: FakeUser) -> None:
    await user.say("/write")
    assert texts(await user.say("skip")) == [so_far("skip")]
    assert await count(app.database, "letters") == 0


async def test_a_forged_press_seals_nothing_where_there_are_no_words(
    app: App, user: FakeUser
) -> None:
    await user.say("/write")
    assert texts(await user.forge("address:none")) == [told("ask-words")]
    assert await count(app.database, "letters") == 0


async def test_it_counts_as_any_letter(harness: Harness, app: App) -> None:
    user = harness.user(app)
    for number in range(10):
        await seal_here(user, f"Run {number}")
    await user.write("Run on")
    [capped] = await user.press(told("button-just-here"))
    assert capped.text.startswith(told("letters-capped", when="§").partition("§")[0])
    assert await count(app.database, "letters") == 10


async def test_an_address_added_later_takes_what_is_still_to_come(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, user: FakeUser
) -> None:
    await seal_here(user)
    await harness.pass_time(app, WEEK)
    assert texts(await user.forge(ADD)) == [told("ask-first-address")]
    assert texts(await user.say(f"my mail is {ADDRESS}")) == [
        f"{told('address-added-unconfirmed')}\n{told('confirm-sent', address=ADDRESS)}"
    ]
    assert await deliveries(app) == [
        ("chat", 7, "sent"),
        ("chat", 30, "due"),
        ("email", 30, "held"),
    ]
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    await harness.pass_time(app, timedelta(days=23))
    _, reminder = smtp_server.accepted
    assert reminder.recipients == (ADDRESS,)
    assert "Run" in user.heard[-1].text


async def test_an_address_that_is_confirmed_already_takes_them_at_once(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, user: FakeUser
) -> None:
    await user.has_confirmed(ADDRESS)
    await seal_here(user)
    await seal_here(user, "Swim")
    asked = await user.forge(ADD)
    assert labels(asked) == [ADDRESS, told("button-other-address")]
    assert texts(await user.press(ADDRESS))[-1] == told("address-added", address=ADDRESS)
    await harness.pass_time(app, WEEK)
    assert [mail.recipients for mail in smtp_server.accepted] == [(ADDRESS,)] * 2


async def test_it_changes_no_other_letter_and_nobody_elses(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, user: FakeUser
) -> None:
    other = harness.user(app, "other")
    await seal_here(other, "Sleep")
    await user.seal("Swim", OTHER)
    await seal_here(user)
    await user.has_confirmed(ADDRESS)
    await user.forge(ADD)
    await user.say(ADDRESS)
    await harness.pass_time(app, WEEK)
    assert sorted(mail.recipients for mail in smtp_server.accepted) == [(ADDRESS,), (OTHER,)]


async def test_added_to_it_is_redirected_like_any(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, user: FakeUser
) -> None:
    await seal_here(user)
    await user.forge(ADD)
    await user.say(ADDRESS)
    await user.has_confirmed(OTHER)
    await user.press(told("button-no-mail"))
    await user.press(told("button-wrong-address"))
    await user.press(OTHER)
    await harness.pass_time(app, WEEK)
    assert [mail.recipients for mail in smtp_server.accepted[1:]] == [(OTHER,)]


async def test_the_button_is_over_once_there_is_an_address_or_nothing_to_come(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.has_confirmed(ADDRESS)
    await seal_here(user)
    await user.forge(ADD)
    await user.press(ADDRESS)
    assert texts(await user.forge(ADD)) == [told("stale-press")]
    await seal_here(user)
    await harness.pass_time(app, 31 * DAY)
    assert texts(await user.forge(ADD)) == [told("stale-press")]


@pytest.mark.parametrize("line", ["/cancel", "없어요", "no email"])
async def test_whoever_thinks_better_of_it_keeps_the_letter_here(
    app: App, user: FakeUser, line: str
) -> None:
    await seal_here(user)
    await user.forge(ADD)
    assert texts(await user.say(line)) == [told("address-not-added")]
    assert await count(app.database, "drafts") == 0
    assert await deliveries(app) == [("chat", 7, "due"), ("chat", 30, "due")]


@pytest.mark.parametrize("answer", LEFT)
async def test_who_is_asked_for_an_address_may_leave_it_in_any_language(
    user: FakeUser, answer: str
) -> None:
    await seal_here(user)
    await user.forge(ADD)
    assert texts(await user.say(f"{answer}.")) == [told("address-not-added")]


async def test_a_letter_under_way_is_gone_on_with_after_an_address_was_added(
    user: FakeUser,
) -> None:
    await user.has_confirmed(ADDRESS)
    await seal_here(user)
    await user.write("Swim")
    await user.forge(ADD)
    assert texts(await user.say("and read")) == [told("address-no-at")]
    _, added, echo = await user.say(ADDRESS)
    assert (added.text, echo.text) == (told("address-added", address=ADDRESS), so_far("Swim"))


async def test_the_export_has_it_without_an_address(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await seal_here(user)
    await user.forge(ADD)
    now = harness.clock.now()
    document = await exporting.export(app.database.reader, user.person.id, now)
    assert document is not None
    kept = json.loads(document)
    assert (kept["letters"][0]["text"], kept["letters"][0]["address"]) == ("Run", None)
    assert kept["draft"]["for_letters_without_address"] is True


async def test_let_go_of_or_erased_nothing_of_it_is_left(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await seal_here(user)
    for days in (7, 23):
        await harness.pass_time(app, timedelta(days=days))
    for name in ("button-kept", "button-erase-letter"):
        await user.press(told(name))
    assert texts(await user.press(told("button-erase-letter"))) == [told("letter-erased")]
    await user.say("/delete")
    await user.press("erase everything")
    assert await count(app.database, "letters") == 0


async def test_a_reminder_that_fails_in_the_chat_reaches_nobody_and_is_reported_so(
    harness: Harness, bot_api: BotApiServer
) -> None:
    harness.api = bot_api
    async with harness.app() as app:
        user = harness.user(app)
        await seal_here(user)
        bot_api.fault("sendMessage", server_error(), times=None)
        for _ in range(8):
            await harness.pass_time(app, DAY)
        async with app.database.transaction() as tx:
            await tx.run(
                "UPDATE deliveries SET state = 'failed', failed_at = :now, reason = 'x'"
                " WHERE day = 7",
                now=harness.clock.now().isoformat(timespec="microseconds"),
            )
        now = harness.clock.now()
        counted = await figures(app.database.reader, since=now - DAY, now=now)
        assert counted.unreachable == 1


async def test_what_may_have_come_is_offered_in_the_chat(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await seal_here(user)
    async with app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'in_flight', attempt = 2, doubts = 1,"
            " lease_until = '2000-01-01' WHERE day = 7"
        )
    await harness.pass_time(app, WEEK)
    assert texts(await user.press(told("button-show"))) == ["Run"]
