"""Reminder mail goes only where its person has shown that mail reaches them."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.letters import LONGEST_LETTER
from bot.locales import LANGUAGES, Language, catalog
from tests.support.app import FakeUser, Harness
from tests.support.faults import drop
from tests.support.mails import CONFIRM, STOP, code_in, html_of, is_confirmation, link_in, text_of
from tests.support.smtp import Accepted, Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, full_width, labels, so_far, texts

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
    assert texts(user.heard[said:]) == [EN.say("address-unconfirmed", address=ADDRESS)]
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
    now, zone = harness.clock.now(), app.application.bot_data.zone
    due = EN.date_and_time(now - DAY, zone, near=now)
    assert EN.say("mail-reminder-waited", due=due) in text_of(reminder)
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
    assert "💌" in (await user.say(ADDRESS))[0].text
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
    assert "💌" in (await user.say(ADDRESS))[0].text


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
        assert labels([answer]) == [EN.say("button-confirm-again")]
        harness.clock.advance(timedelta(hours=1))
        await user.press(EN.say("button-confirm-again"))
        [answer] = await user.say(code_in(newest(smtp_server)))
        assert answer.text == CONFIRMED


@pytest.mark.parametrize("way", ["code", "link"])
async def test_what_has_confirmed_says_so_kindly_when_it_is_used_again(
    user: FakeUser, smtp_server: ScriptedSmtp, way: str
) -> None:
    await seal(user)
    mail = newest(smtp_server)
    await user.say(code_in(mail))
    again = user.say(code_in(mail)) if way == "code" else user.open(link_in(mail, CONFIRM))
    [answer] = await again
    assert answer.text == EN.say("confirm-already")


@pytest.mark.parametrize("way", ["code", "link"])
@pytest.mark.parametrize("waits", [True, False])
async def test_who_never_gave_that_address_confirms_nothing_by_its_code_or_link(
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
    before = len(other.heard)
    await (other.say(code_in(mail)) if way == "code" else other.open(link_in(mail, CONFIRM)))
    if way == "link":
        assert [m.text for m in other.heard[before:]] == [EN.say("confirm-not-yours")]
    assert await confirmed(app) == set()
    [answer] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == CONFIRMED


@pytest.mark.parametrize("way", ["code", "link"])
async def test_whoever_reads_the_mailbox_confirms_their_own_by_a_mail_that_another_asked_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, way: str
) -> None:
    attacker = harness.user(app, "attacker")
    await seal(attacker)
    [mail] = smtp_server.accepted
    await seal(user, "Me@Example.com")
    assert smtp_server.accepted == [mail]
    [answer] = await (
        user.say(code_in(mail)) if way == "code" else user.open(link_in(mail, CONFIRM))
    )
    assert answer.text == CONFIRMED.replace(ADDRESS, "Me@example.com")
    assert await confirmed(app) == {user.person.id}


async def test_who_asked_for_the_mail_may_be_gone_by_then(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    await seal(attacker)
    await seal(user)
    await attacker.say("/delete")
    await attacker.press(EN.say("button-delete"))
    [answer] = await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    assert answer.text == CONFIRMED


async def test_a_link_to_another_spelling_of_the_mailbox_confirms_only_that_spelling(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(harness.user(app, "attacker"), "m.e@gmail.com")
    await seal(user, "me@gmail.com")
    [answer] = await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    assert answer.text == EN.say("confirm-not-yours")


async def confirmed(app: App) -> set[int]:
    rows = await app.database.reader.all(
        "SELECT person_id FROM addresses WHERE confirmed_at IS NOT NULL"
    )
    return {row["person_id"] for row in rows}


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


@pytest.mark.parametrize("number", [0, 1])
async def test_a_second_mail_leaves_the_firsts_link_alive(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, number: int
) -> None:
    await seal(user)
    await harness.pass_time(app, timedelta(hours=1))
    await user.say("/confirm")
    assert len(smtp_server.accepted) == 2
    [answer] = await user.open(link_in(smtp_server.accepted[number], CONFIRM))
    assert answer.text == CONFIRMED


async def test_a_link_from_before_a_stop_confirms_nothing_even_once_that_is_lifted(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    [mail] = smtp_server.accepted
    harness.clock.advance(MINUTE)
    await user.open(link_in(mail, STOP))
    await user.press(EN.say("button-stop"))
    [answer] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == EN.say("confirm-stopped", address=ADDRESS)
    [answer] = await user.say(code_in(mail))
    assert answer.text == EN.say("confirm-stopped", address=ADDRESS)
    await user.open(link_in(mail, STOP))
    await user.press(EN.say("button-lift"))
    [answer] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == EN.say("confirm-expired")


async def test_guesses_at_one_address_are_bounded_in_a_day_over_all_accounts(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    code = code_in(newest(smtp_server))
    accounts = [harness.user(app, f"account {number}") for number in range(3)]
    for account in accounts:
        await seal(account)
    for account in accounts[:2]:
        for number in range(1, 6):
            await account.say(not_the(code, number))
    [answer] = await accounts[2].say(code)
    assert answer.text == EN.count("confirm-wrong", 4)
    [answer] = await user.open(link_in(newest(smtp_server), CONFIRM))
    assert answer.text == CONFIRMED
    assert await confirmed(app) == {user.person.id}


async def test_guessing_is_no_freer_for_erasing_oneself_in_between(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    code = code_in(newest(smtp_server))
    attacker = harness.user(app, "attacker")
    for place in range(3):
        await seal(attacker)
        for number in range(1, 6):
            await attacker.say(not_the(code, 5 * place + number))
        await attacker.say("/delete")
        await attacker.press(EN.say("button-delete"))
    row = await app.database.reader.row("SELECT count(*) AS tries FROM confirmation_tries")
    await seal(attacker)
    [answer] = await attacker.say(code)
    assert answer.text == EN.count("confirm-wrong", 4)
    assert row["tries"] == 15


@pytest.mark.parametrize(
    "sentence",
    [
        "code is {code}",
        "The code: {code}.",
        "my code is {spaced}, I think",
        "코드는 {code}이에요",
        "인증번호 {spaced}입니다",
        "{code}!",
        "/confirm code is {code}",
        "/confirm {spaced}",
    ],
)
async def test_a_code_in_a_sentence_is_a_code(
    user: FakeUser, smtp_server: ScriptedSmtp, sentence: str
) -> None:
    await seal(user)
    code = code_in(newest(smtp_server))
    spaced = f"{code[:3]} {code[3:]}"
    [answer] = await user.say(sentence.format(code=code, spaced=spaced))
    assert answer.text == CONFIRMED


async def test_a_code_in_a_sentence_confirms_amid_a_letter_and_other_digits_are_the_letters(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    code = code_in(newest(smtp_server))
    await user.say("/write")
    [answer] = await user.say(f"code is {code}")
    assert answer.text == CONFIRMED
    await seal(user, "two@example.org", words="first")
    await user.say("/write")
    words = f"Save {not_the(code_in(newest(smtp_server)))} won"
    await user.say(words)
    assert "💌" in (await user.say("me123456@example.com"))[0].text
    await harness.pass_time(app, 7 * DAY)
    assert any(words in m.text for m in user.heard)


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


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_code_is_in_the_subject_and_the_mail_says_to_keep_it_to_oneself(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language
) -> None:
    speech = catalog(language)
    async with harness.app() as app:
        await seal(harness.user(app, language=language))
        [mail] = smtp_server.accepted
        code = f"{code_in(mail)[:3]} {code_in(mail)[3:]}"
        assert mail.message["Subject"] == speech.say("mail-confirm-subject", code=code)
        assert speech.say("mail-confirm-preheader", code=code) in html_of(mail)
        for part in (text_of(mail), html_of(mail).replace("&#39;", "'")):
            assert speech.say("mail-confirm-secret") in part


async def test_neither_code_nor_link_is_kept_anywhere(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    [mail] = smtp_server.accepted
    payload = link_in(mail, CONFIRM).rpartition("=")[2][1:]
    kept = b"".join(file.read_bytes() for file in files(harness.folder))
    [row] = await user.app.database.reader.all("SELECT address FROM addresses")
    assert row["address"].encode() in kept  # what is kept can be found like this
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
            next(b.label for row in answer.buttons for b in row),
            speech.say("button-wrong-address"),
        ]


async def test_a_mistyped_address_gives_way_to_another_and_is_asked_about_no_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user, "yuo@example.com")
    await user.press(EN.say("button-no-mail"))
    await user.press(EN.say("button-wrong-address"))
    await user.say(ADDRESS)
    harness.clock.advance(timedelta(hours=1))
    answer = (await user.say("/confirm"))[-1]
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


@pytest.mark.parametrize(("language", "link"), [("en", "tap its link"), ("ko", "링크를 눌러")])
async def test_whose_right_digits_others_have_made_worthless_is_told_of_the_link_at_once(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, language: Language, link: str
) -> None:
    for number in range(2):
        attacker = harness.user(app, f"attacker {number}")
        await attacker.seal("x", "victim@example.com", confirmed=False)
        for code in range(5):
            await attacker.say(f"{code:06}")
    user = harness.user(app, language=language)
    await user.seal("x", "victim@example.com", confirmed=False)
    [answer] = await user.say(code_in(smtp_server.accepted[0]))
    assert link in answer.text
