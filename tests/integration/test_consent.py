"""Reminder mail goes only where its person has shown that mail reaches them."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.letters import LONGEST_LETTER
from bot.locales import LANGUAGES, Language, catalog
from tests.support.app import FakeUser, Harness
from tests.support.faults import drop
from tests.support.mails import CONFIRM, code_in, html_of, is_confirmation, link_in, text_of
from tests.support.smtp import Accepted, Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, full_width, so_far

ADDRESS = "me@example.com"
WORDS = "a secret resolution"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CONFIRMED = EN.say("confirm-confirmed", address=ADDRESS)


async def seal(user: FakeUser, address: str = ADDRESS, words: str = WORDS) -> str:
    """Seal a letter to an address that isn't confirmed; returns the bot's last words."""
    return (await user.seal(words, address, confirmed=False))[-1].text


def newest(server: ScriptedSmtp) -> Accepted:
    return server.accepted[-1]


def not_the(code: str, number: int = 1) -> str:
    return f"{(int(code) + number) % 1_000_000:06}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "way", ["code", "in two groups", "in full-width digits", "behind /confirm", "link"]
)
async def test_one_tap_or_six_digits_confirm_and_then_the_letter_comes_by_mail(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language, way: str
) -> None:
    speech = catalog(language)
    async with harness.app() as app:
        user = harness.user(app, language=language)
        said = await seal(user)
        assert said.endswith(speech.say("confirm-sent", address=ADDRESS))
        [mail] = smtp_server.accepted
        assert mail.recipients == (ADDRESS,)
        code = code_in(mail)
        acts = {
            "code": lambda: user.say(code),
            "in two groups": lambda: user.say(f" {code[:3]} {code[3:]} "),
            "in full-width digits": lambda: user.say(full_width(code)),
            "behind /confirm": lambda: user.say(f"/confirm {code}"),
            "link": lambda: user.open(link_in(mail, CONFIRM)),
        }
        [answer] = await acts[way]()
        assert answer.text == speech.say("confirm-confirmed", address=ADDRESS)
        for day in (7, 23):
            await harness.pass_time(app, timedelta(days=day))
        mails = smtp_server.accepted[1:]
        assert [m.recipients for m in mails] == [(ADDRESS,)] * 2
        assert all(WORDS in text_of(m) for m in mails)


async def test_without_consent_the_chat_brings_the_letter_and_mail_is_held(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    for day in (7, 23, 400):
        await harness.pass_time(app, timedelta(days=day))
    assert sum("📮" in m.text and WORDS in m.text for m in user.heard) == 2
    assert [is_confirmation(mail) for mail in smtp_server.accepted] == [True]


async def test_nothing_the_outbox_says_sends_a_letter_where_nobody_consented(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    async with app.database.transaction() as tx:
        await tx.run("UPDATE deliveries SET state = 'due' WHERE state = 'held'")
    for day in (7, 23, 400):
        await harness.pass_time(app, timedelta(days=day))
    assert sum("📮" in m.text and WORDS in m.text for m in user.heard) == 2
    assert [is_confirmation(mail) for mail in smtp_server.accepted] == [True]
    [held] = await app.database.reader.all("SELECT count(*) FROM deliveries WHERE state = 'held'")
    assert held[0] == 2


async def test_the_conversation_waits_for_consent_and_never_insists(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    said = len(user.heard)
    await harness.pass_time(app, timedelta(days=6))
    assert len(user.heard) == said
    assert EN.say("ask-words") in (await user.say("/write"))[-1].text
    assert so_far("another letter") in (await user.say("another letter"))[-1].text


async def test_a_held_mail_that_is_overdue_goes_at_once_and_says_how_late_it_is(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, timedelta(days=8))
    await user.say("/confirm")
    await user.say(code_in(newest(smtp_server)))
    reminder = newest(smtp_server)
    assert WORDS in text_of(reminder)
    due = EN.date_and_time(harness.clock.now() - DAY, app.application.bot_data.zone)
    assert EN.say("mail-reminder-late", due=due) in text_of(reminder)
    assert len(smtp_server.accepted) == 3


async def test_a_code_typed_while_writing_confirms_and_does_not_get_into_the_letter(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    code = code_in(newest(smtp_server))
    await user.say("/write")
    [answer] = await user.say(code)
    assert answer.text == CONFIRMED
    await user.say("the second letter")
    assert "💌" in (await user.say(ADDRESS))[-1].text
    await harness.pass_time(app, timedelta(days=7))
    assert not any(code in m.text for m in user.heard)
    assert any("the second letter" in m.text for m in user.heard)


async def test_a_code_typed_while_an_address_is_asked_for_confirms(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await user.write("the second letter")
    [answer] = await user.say(code_in(newest(smtp_server)))
    assert answer.text == CONFIRMED
    assert "💌" in (await user.say(ADDRESS))[-1].text


async def test_six_digits_are_a_letters_words_where_no_code_is_awaited(user: FakeUser) -> None:
    await user.say("/write")
    [answer] = await user.say("123456")
    assert answer.text == so_far("123456")


async def test_five_wrong_codes_use_it_up_and_the_right_one_comes_too_late(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    mail = newest(smtp_server)
    code = code_in(mail)
    for left in (4, 3, 2, 1):
        [answer] = await user.say(not_the(code, left))
        assert answer.text == EN.count("confirm-wrong", left)
    used_up = EN.say("confirm-used-up", address=ADDRESS)
    for typed in (not_the(code), code, code):
        [answer] = await user.say(typed)
        assert answer.text == used_up
    await harness.pass_time(app, timedelta(hours=1))
    await user.say("/confirm")
    assert code_in(newest(smtp_server)) != code
    [answer] = await user.say(code_in(newest(smtp_server)))
    assert answer.text == CONFIRMED


@pytest.mark.parametrize(
    ("after", "confirms"),
    [(timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False)],
)
async def test_a_code_lives_for_a_quarter_of_an_hour(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp, after: timedelta, *, confirms: bool
) -> None:
    await seal(user)
    harness.clock.advance(after)
    [answer] = await user.say(code_in(newest(smtp_server)))
    assert (answer.text == CONFIRMED) is confirms


@pytest.mark.parametrize(
    ("after", "confirms"), [(timedelta(days=3), True), (timedelta(days=3, seconds=1), False)]
)
async def test_a_link_lives_for_three_days(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp, after: timedelta, *, confirms: bool
) -> None:
    await seal(user)
    harness.clock.advance(after)
    [answer] = await user.open(link_in(newest(smtp_server), CONFIRM))
    assert (answer.text == CONFIRMED) is confirms


async def test_the_quarter_of_an_hour_begins_when_the_mail_is_handed_in(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    async with harness.app() as app:
        user = harness.user(app)
        await seal(user)
        assert smtp_server.accepted == []
        await harness.pass_time(app, timedelta(hours=2))
        harness.clock.advance(timedelta(minutes=14))
        [answer] = await user.say(code_in(newest(smtp_server)))
        assert answer.text == CONFIRMED


async def test_a_code_whose_mail_was_never_heard_to_be_taken_dies_all_the_same(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.ACCEPTED, drop(), times=2)
    async with harness.app() as app:
        user = harness.user(app)
        await seal(user)
        await harness.pass_time(app, timedelta(hours=1))
        assert len(smtp_server.accepted) == 2
        harness.clock.advance(timedelta(minutes=16))
        [answer] = await user.say(code_in(newest(smtp_server)))
        assert answer.text == EN.say("confirm-expired")


@pytest.mark.parametrize("way", ["code", "link"])
async def test_what_has_confirmed_is_used_up(
    user: FakeUser, smtp_server: ScriptedSmtp, way: str
) -> None:
    await seal(user)
    mail = newest(smtp_server)
    await user.say(code_in(mail))
    again = user.say(code_in(mail)) if way == "code" else user.open(link_in(mail, CONFIRM))
    [answer] = await again
    assert answer.text == EN.say("confirm-not-asked")


@pytest.mark.parametrize("way", ["code", "link"])
@pytest.mark.parametrize("waits", [True, False])
async def test_another_persons_code_or_link_confirms_nothing(
    harness: Harness,
    app: App,
    user: FakeUser,
    smtp_server: ScriptedSmtp,
    way: str,
    *,
    waits: bool,
) -> None:
    other = harness.user(app, "other")
    if waits:
        await seal(other, "other@example.org")
    await seal(user)
    mail = newest(smtp_server)
    await (other.say(code_in(mail)) if way == "code" else other.open(link_in(mail, CONFIRM)))
    assert not any("confirmed" in m.text for m in other.heard)
    assert not any(m.text == CONFIRMED for m in user.heard)
    [answer] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == CONFIRMED


async def test_an_address_confirmed_once_is_confirmed_for_all_letters_of_this_person(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await seal(user, words="a second one")
    await user.say(code_in(newest(smtp_server)))
    assert EN.say("confirm-sent", address=ADDRESS) not in await seal(user, words="a third")
    await harness.pass_time(app, timedelta(days=7))
    came = [text_of(m) for m in smtp_server.accepted if not is_confirmation(m)]
    assert len(came) == 3


async def test_what_one_person_confirmed_is_not_confirmed_for_another(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    await seal(user)
    await user.say(code_in(newest(smtp_server)))
    harness.clock.advance(timedelta(hours=1))
    said = await seal(other, words="mail me this")
    assert EN.say("confirm-sent", address=ADDRESS) in said
    await harness.pass_time(app, timedelta(days=7))
    assert not any("mail me this" in text_of(m) for m in smtp_server.accepted)


async def test_confirm_without_anything_to_confirm_says_so(user: FakeUser) -> None:
    [answer] = await user.say("/confirm")
    assert answer.text == EN.say("confirm-none")
    await user.has_confirmed(ADDRESS)
    [answer] = await user.say("/confirm")
    assert answer.text == EN.say("confirm-none")


async def test_confirm_asks_which_where_several_wait_and_each_code_confirms_its_own(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    addresses = ["one@example.com", "two@example.org"]
    async with harness.app() as app:
        user = harness.user(app)
        for address in addresses:
            await seal(user, address)
        first, second = (code_in(mail) for mail in smtp_server.accepted)
        harness.clock.advance(timedelta(hours=1))
        [answer] = await user.say("/confirm")
        assert answer.text == EN.say("confirm-which")
        assert {b.label for row in answer.buttons for b in row} == set(addresses)
        await user.press(addresses[0])
        assert newest(smtp_server).recipients == (addresses[0],)
        renewed = code_in(newest(smtp_server))
        assert renewed != first
        [answer] = await user.say(renewed)
        assert answer.text == EN.say("confirm-confirmed", address=addresses[0])
        link = link_in(smtp_server.accepted[1], CONFIRM)
        [answer] = await user.open(link)
        assert answer.text == EN.say("confirm-confirmed", address=addresses[1])
        assert second != renewed


async def test_a_wrong_code_counts_against_every_address_that_waits_for_one(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    addresses = ["one@example.com", "two@example.org"]
    for address in addresses:
        await seal(user, address)
    codes = [code_in(mail) for mail in smtp_server.accepted]
    wrong = next(code for number in range(3) if (code := f"{number:06}") not in codes)
    for _ in range(5):
        [answer] = await user.say(wrong)
    for code in codes:
        [answer] = await user.say(code)
        assert answer.text == EN.say("confirm-used-up", address=addresses[-1])


async def test_a_new_mail_takes_the_place_of_the_one_before(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, timedelta(hours=1))
    await user.say("/confirm")
    old, _ = smtp_server.accepted
    [answer] = await user.open(link_in(old, CONFIRM))
    assert answer.text == EN.say("confirm-not-asked")


async def test_the_confirmation_mail_has_not_a_word_of_the_persons_own(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    name, words = "Buy-Cheap-Pills.example", "visit http://spam.example now"
    async with harness.app() as app:
        user = harness.user(app, name, language="en-pills")
        await seal(user, words=words)
        [mail] = smtp_server.accepted
        raw = mail.content.decode()
        for part in (text_of(mail), html_of(mail), raw):
            for theirs in (name, "Pills", "spam", words, str(user.person.id)):
                assert theirs.casefold() not in part.casefold()
        assert mail.message["From"] == "Slow Mailbox <letters@mailbox.example>"


async def test_neither_code_nor_link_is_kept_anywhere(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    [mail] = smtp_server.accepted
    payload = link_in(mail, CONFIRM).rpartition("=")[2][1:]
    kept = b"".join(file.read_bytes() for file in files(harness.folder))
    assert ADDRESS.encode() in kept  # what is kept can be found like this
    for secret in (code_in(mail), payload):
        assert secret.encode() not in kept
        assert secret.encode("utf-16-le") not in kept


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("address", "hints"),
    [
        ("me@naver.com", {"naver"}),
        ("me@gmail.com", {"gmail"}),
        ("me@outlook.com", {"outlook"}),
        ("me@hotmail.com", {"outlook"}),
        ("me@example.com", {"naver", "gmail", "outlook"}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_whoever_does_not_find_the_mail_is_told_where_it_may_have_landed(
    harness: Harness, language: Language, address: str, hints: set[str]
) -> None:
    speech = catalog(language)
    async with harness.app() as app:
        user = harness.user(app, language=language)
        await seal(user, address)
        [answer] = await user.press(speech.say("button-no-mail"))
        for provider in ("naver", "gmail", "outlook"):
            assert (speech.say(f"spam-{provider}") in answer.text) is (provider in hints)
        assert [b.label for row in answer.buttons for b in row] == [
            speech.say("button-confirm-again"),
            speech.say("button-change-address"),
        ]


async def test_a_mistyped_address_gives_way_to_another_and_is_asked_about_no_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user, "yuo@example.com")
    await user.press(EN.say("button-no-mail"))
    await user.press(EN.say("button-change-address"))
    await user.say(ADDRESS)
    harness.clock.advance(timedelta(hours=1))
    [answer] = await user.say("/confirm")
    assert answer.text == EN.say("confirm-sent", address=ADDRESS)
    await user.open(link_in(newest(smtp_server), CONFIRM))
    await harness.pass_time(app, 7 * DAY)
    assert newest(smtp_server).recipients == (ADDRESS,)
    assert WORDS in text_of(newest(smtp_server))


async def test_another_persons_address_is_shown_to_nobody(
    harness: Harness, app: App, user: FakeUser
) -> None:
    other = harness.user(app, "other")
    await seal(user, "private@naver.com")
    await other.say("/start")
    for data in ("spam:1", "confirm:1", "address:use:1", "address:change:1"):
        for answer in await other.forge(data):
            assert "private" not in answer.text
            assert "naver" not in answer.text


async def test_a_letter_of_any_length_is_sealed_before_its_address_is_confirmed(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user, words="x" * LONGEST_LETTER)
    assert len(smtp_server.accepted) == 1
