"""Nothing that people or their apps send can make the bot do what it was not built to do.

What mail carries is held by test_injection_by_mail.py.
"""

import logging
import random
from datetime import timedelta
from itertools import chain

import pytest

from bot.local.messages import Wire
from bot.locales import LANGUAGES
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, STOP, html_of, link_in, text_of
from tests.support.rows import contents
from tests.support.smtpd import ScriptedSmtp

SEED = 20260102
PREFIXES = (
    "confirm:", "spam:", "stop:", "lift:", "address:use:", "address:change:", "draft:",
    "letter:keep:", "letter:let-go:", "letter:show:", "letter:erase-now:", "letter:month:",
    "answer:", "answer-change:", "erase:", "write", "",
)  # fmt: skip
PAYLOADS = (
    "", "0", "1", "-1", "01", "1 OR 1=1", "1;DROP TABLE letters", "1'--", "٣", "\uff11", "9" * 18,
    "9" * 19, "9" * 50, "1.0", "1e3", "0x1", "\0", "1\0", "1\n", "\n1", "NaN", "../../etc/passwd",
    "%00", "{0}", "${7*7}", "\ud800", "=", "A" * 22, "A" * 38, "-" * 38, "_" * 64,
)  # fmt: skip


def fuzz(number: int) -> list[str]:
    """Return so many texts that nobody would think of."""
    print(f"seed {SEED}")  # noqa: T201 - shown by pytest with a failure
    randomness = random.Random(SEED)  # noqa: S311 - no secret
    alphabet = [chr(n) for n in chain(range(128), (0xA0, 0x85, 0x2028, 0xAC00, 0x1F600, 0x202E))]
    return [
        randomness.choice(PREFIXES)
        + "".join(randomness.choices(alphabet, k=randomness.randint(0, 50)))
        for _ in range(number)
    ]


async def owner(harness: Harness, user: FakeUser) -> None:
    """Let somebody have letters, a draft, and addresses confirmed and not."""
    await user.seal("the owner's secret", "owner@example.com")
    await user.seal("the owner's second", "second@example.org", confirmed=False)
    await user.write("the owner's draft")


def without_the_stranger(kept: dict[str, list[tuple[object, ...]]]) -> object:
    """Return what is kept of people's letters; of who spoke when, nothing."""
    return {table: kept[table] for table in ("letters", "addresses", "deliveries", "suppressions")}


async def test_no_forged_button_touches_anothers_letters_or_trips_the_bot(
    harness: Harness, smtp_server: ScriptedSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness.app() as app:
        user, stranger = harness.user(app), harness.user(app, "stranger")
        await owner(harness, user)
        await stranger.say("/start")
        before = without_the_stranger(await contents(app.database.reader))
        heard, mails = len(user.heard), len(smtp_server.accepted)
        forged = [prefix + payload for prefix in PREFIXES for payload in PAYLOADS]
        for data in forged + fuzz(100):
            harness.telegram.forge(stranger.person, data)
        await stranger.say("/cancel")
        assert not any("owner" in m.text or "second@" in m.text for m in stranger.heard)
        assert (len(user.heard), len(smtp_server.accepted)) == (heard, mails)
        assert without_the_stranger(await contents(app.database.reader)) == before
    assert [r.name for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_no_forged_link_confirms_stops_or_trips_anything(
    harness: Harness, smtp_server: ScriptedSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness.app() as app:
        user, stranger = harness.user(app), harness.user(app, "stranger")
        await owner(harness, user)
        mail = smtp_server.accepted[-1]
        confirm = link_in(mail, CONFIRM).rpartition("=")[2]
        stop = link_in(mail, STOP).rpartition("=")[2]
        before = without_the_stranger(await contents(app.database.reader))
        near = [confirm, confirm.lower(), confirm + "A", confirm[:-1], f"s{confirm[1:]}"]
        near += [stop[:-1], stop.swapcase(), f"c{stop[1:]}", f"{stop}\n", f"write {stop}"]
        texts = [f"/start {kind}{payload}" for kind in ("c", "s", "") for payload in PAYLOADS]
        for text in [*texts, *(f"/start {each}" for each in near), *fuzz(50)]:
            if text.strip("\0") and text.strip():
                harness.telegram.say(stranger.person, text)
        await stranger.say("/cancel")
        assert without_the_stranger(await contents(app.database.reader)) == before
    assert [r.name for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "code",
    [
        "", "xx", "KO", "ko-KR", "en\r\nBcc: v@victim.example", "../../../etc/passwd", "ko\0",
        "한국어", "a" * 5000, "{n}", "%s", "zh-Hant-TW-x-private",
    ],
)  # fmt: skip
async def test_a_language_code_of_any_kind_is_only_ever_a_wish(
    harness: Harness, smtp_server: ScriptedSmtp, code: str
) -> None:
    async with harness.app() as app:
        user = harness.user(app, language=code)
        await user.seal("my words", "me@example.com", confirmed=False)
        assert "💌" in user.heard[-2].text
        [mail] = smtp_server.accepted
        assert mail.recipients == ("me@example.com",)
        assert mail.message["Content-Language"] in LANGUAGES
        assert mail.message.keys().count("Bcc") == 0


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: v@victim.example",
        "<b>x</b>",
        "{address}",
        "%s",
        "\N{RIGHT-TO-LEFT OVERRIDE}x",
        "\0",
    ],
)
async def test_a_telegram_name_is_found_in_no_mail(
    harness: Harness, smtp_server: ScriptedSmtp, name: str
) -> None:
    async with harness.app() as app:
        user = harness.user(app, name)
        await user.seal("my words", "me@example.com", confirmed=False)
        [mail] = smtp_server.accepted
        assert mail.recipients == ("me@example.com",)
        for part in (text_of(mail), html_of(mail)):
            assert name not in part
        assert b"victim" not in mail.content


@pytest.mark.parametrize(
    "typed",
    [
        "me@example.com\r\nRCPT TO:<v@victim.example>", "me@example.com\nv@victim.example",
        "me@example.com,v@victim.example", "me@example.com;v@victim.example",
        "<me@example.com> SIZE=1", "me@example.com> NOTIFY=NEVER", '"a\r\nb"@example.com',
        "me\0@example.com", "@victim.example:me@example.com", "v%victim.example@example.com\r",
        "me@[127.0.0.1]", "me@localhost", "me@example.com\u2028v@victim.example",
        "<<me@example.com>>,",
    ],
)  # fmt: skip
async def test_an_address_is_one_address_or_none(
    harness: Harness, smtp_server: ScriptedSmtp, typed: str
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("my words", typed, confirmed=False)
        assert all("victim.example>" not in line for line in smtp_server.commands)
        rcpt = [line for line in smtp_server.commands if line.upper().startswith("RCPT")]
        assert len(rcpt) <= 1
        assert all(len(mail.recipients) == 1 for mail in smtp_server.accepted)
        kept = await app.database.reader.all("SELECT address FROM addresses")
        assert not any(set(row["address"]) & set("\r\n\0<>,;\u2028 ") for row in kept)


async def test_html_in_a_letter_is_shown_as_it_was_written_on_both_channels(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    words = "<b>bold?</b> <script>alert(1)</script> &amp; *stars* _under_ [link](http://x.example)"
    tricky = Entity(type="text_link", offset=0, length=3, url='http://x.example/"><script>')
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal(Words(words, (tricky,)), "me@example.com")
        await harness.pass_time(app, timedelta(days=7))
        note: Wire = user.heard[-1].wire
        assert words in note["text"]
        [mail] = smtp_server.accepted
        page = html_of(mail)
        assert "<script" not in page
        assert "bold?&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; *stars*" in page


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Asia/Seoul\0", "/etc/localtime", "\ud800"])
def test_a_zone_is_looked_up_among_the_known_ones_only(harness: Harness, zone: str) -> None:
    harness.environ = {"TIMEZONE": zone}
    with pytest.raises(ValueError, match="TIMEZONE must be an IANA time zone"):
        _ = harness.settings
