"""Whatever a letter says and wherever it should go: exactly one mail, to nobody else, as written.

Generated letters and addresses are composed, submitted by the real Session and taken by aiosmtpd.
The default run is small and always the same. `MAIL_EXAMPLES=100000 pytest -s THIS_FILE` runs so
many, a thousand to a seed, the first of which MAIL_SEED names; it takes about half an hour.
"""

import asyncio
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Peer
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.delivery.outcome import Outcome, Sent
from bot.delivery.smtp import Limits, Session, SmtpFailure
from bot.delivery.smtp_login import Login
from bot.delivery.smtp_replies import Phase
from bot.email_address import BadAddress, check
from bot.letters import Letter
from bot.locales import LANGUAGES, Language, catalog
from bot.mail.compose import Envelope, Headers, UnfitForMail, compose
from bot.messages.message import Sending
from bot.messages.reminder import ReminderMessage
from bot.settings import Security, SmtpSettings
from bot.text import Entity, Words

EXAMPLES = int(os.environ.get("MAIL_EXAMPLES", "160"))
SEED = int(os.environ.get("MAIL_SEED", "1"))
ROUND, BATCH = 1000, 8
"""Letters to a seed, so that hypothesis remembers no more of them; and drawn at a time."""
SENDER = "letters@mailbox.example"
MORNING = datetime(2026, 1, 1, 9, tzinfo=UTC)
STOP_LINK = "https://t.me/slow_mailbox_bot?start=sAAAA"
HEADERS = [
    "Message-ID",
    "Date",
    "From",
    "To",
    "Subject",
    "List-Unsubscribe",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]

HOSTILE = st.sampled_from(
    [
        ".", "..", "\n.\n", "\r\n.\r\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r", "\n", "\r\n", "\0",
        "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\v", "\f", "\t", " ", "  \n",
        "\ud800", "\udfff", "\N{RIGHT-TO-LEFT OVERRIDE}", "שלום", "مرحبا", "😀", "👨‍👩‍👧‍👦", "🇰🇷",
        "다짐", "e\u0301", "x" * 997, "x" * 998, "x" * 999, "가" * 1200, "=", "=20", "=\n",
        "=?utf-8?q?=0ABcc:_v=40victim.example?=", "\r\nBcc: v@victim.example\r\n",
        "\nTo: v@victim.example\n\n", "--=_letter_=", "\n--=_letter_=--\n", "From me\n", ">From ",
        "\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<v@victim.example>\r\nDATA\r\n",
        "RSET\r\nQUIT\r\n", "<script>alert(1)</script>", "</p></body></html>",
        "<img src=x onerror=y>", "&lt;b&gt;", "&#x3c;", "{{ 7 * 7 }}", "{% raw %}", "%s%n", '"\'`',
    ]
)  # fmt: skip


def joined(fragments: list[str]) -> str:
    """Return the fragments as one text, the halves of a surrogate pair as one, as in JSON."""
    utf16 = "".join(fragments).encode("utf-16-le", "surrogatepass")
    return utf16.decode("utf-16-le", "surrogatepass")


TEXTS = st.lists(st.one_of(HOSTILE, st.text(max_size=40)), min_size=1, max_size=8).map(joined)
FORMATS = st.sampled_from(
    ["bold", "italic", "code", "pre", "blockquote", "expandable_blockquote", "spoiler", "unknown"]
)
LINKS = st.sampled_from(
    [
        "https://example.com/?a=1&b=2", "javascript:alert(1)", 'https://x.example/"onload="y',
        "https://x.example/\r\nBcc: v@victim.example", "tg://user?id=1", "data:text/html,x",
    ]
)  # fmt: skip
SPANS = {"offset": st.integers(-2, 60), "length": st.integers(-1, 60)}
ENTITIES = st.lists(
    st.one_of(
        st.builds(Entity, type=FORMATS, **SPANS),
        st.builds(Entity, type=st.just("text_link"), url=LINKS, **SPANS),
    ),
    max_size=3,
).map(tuple)

ENDINGS = ["com", "kr", "example"]
NAMES = st.one_of(
    st.text("abc0189!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=20),
    st.text("다짐우체통ăßéяab", min_size=1, max_size=8),
    st.just("first.last+tag"),
)
DOMAINS = st.one_of(
    st.builds("{}.{}".format, st.text("abz09", min_size=1, max_size=8), st.sampled_from(ENDINGS)),
    st.builds("{}.한국".format, st.text("다짐우체통", min_size=1, max_size=8)),
)
GOOD_ADDRESSES = st.builds("{}@{}".format, NAMES, DOMAINS)
BAD_ADDRESSES = st.one_of(
    st.builds("{}{}".format, GOOD_ADDRESSES, HOSTILE),
    st.builds("{1}{0}".format, GOOD_ADDRESSES, HOSTILE),
    st.builds("{}{}@{}".format, NAMES, HOSTILE, DOMAINS),
    st.builds("{} <{}>".format, st.text(max_size=10), GOOD_ADDRESSES),
    st.builds("{}> SIZE=1{}".format, GOOD_ADDRESSES, HOSTILE),
    st.builds("{},{}".format, GOOD_ADDRESSES, GOOD_ADDRESSES),
    st.builds('"{}"@{}'.format, st.text(max_size=10), DOMAINS),
    st.text(max_size=60),
)
MAILS = st.tuples(
    st.builds(Words, TEXTS, ENTITIES),
    st.integers(0, 3).flatmap(lambda number: GOOD_ADDRESSES if number else BAD_ADDRESSES),
    st.sampled_from(LANGUAGES),
)


@dataclass(slots=True)
class Post:
    """A mail server, and a connection to it that is renewed when it was closed."""

    received: list[Received] = field(default_factory=list)
    server: asyncio.Server | None = None
    session: Session | None = None

    async def open(self) -> None:
        def peer() -> SMTP:
            handler = SimpleNamespace(handle_DATA=self._take)
            loop = asyncio.get_running_loop()
            return SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, loop=loop)

        self.server = await asyncio.get_running_loop().create_server(peer, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self.server is not None
        if self.session is not None:
            await self.session.quit()
        self.server.close()

    async def submit(self, words: Words, address: str, language: Language) -> str:
        """Hand a letter in and hold what arrived against it; returns what became of it."""
        self.received.clear()
        address, must_go = as_the_chat_takes_it(address)
        letter = Letter(
            id=1, person_id=1, words=words, zone=ZoneInfo("Asia/Seoul"), sealed_at=MORNING
        )
        sending = Sending(
            catalog=catalog(language),
            now=MORNING,
            due_at=MORNING,
            zone=ZoneInfo("Asia/Seoul"),
            token="token",
            bot_link="https://t.me/slow_mailbox_bot",
            unsubscribe_token="AAAA",
        )
        page = ReminderMessage(letter=letter, day=7, last=False).as_mail(sending)
        headers = Headers(
            sender=f"Slow Mailbox <{SENDER}>",
            recipient=address,
            message_id="<token@mailbox.example>",
            date=MORNING,
            language=language,
            unsubscribe=STOP_LINK,
        )
        try:
            envelope = compose(page, headers)
        except UnfitForMail:
            assert not must_go
            return "unfit"
        outcome = await self._outcome(envelope)
        if isinstance(outcome, SmtpFailure):
            assert (outcome.phase, self.received, must_go) == (Phase.RCPT, [], False)
            return "refused"
        assert outcome == Sent()
        [mail] = self.received
        assert mail.mail_from == SENDER
        [recipient] = mail.rcpt_tos
        assert unquoted(recipient) == unquoted(envelope.recipient)
        assert mail.original_content == envelope.content
        hold_bytes(envelope.content)
        hold_mail(envelope, words)
        return "sent"

    async def _outcome(self, envelope: Envelope) -> Outcome | SmtpFailure:
        """Submit as EmailTransport does: over a new connection where a kept one was closed."""
        while True:
            try:
                return await (await self._session()).submit(envelope, _take_off)
            except SmtpFailure as end:
                if not end.stale:
                    return end

    async def _session(self) -> Session:
        if self.session is None or not self.session.usable:
            assert self.server is not None
            port = self.server.sockets[0].getsockname()[1]
            smtp = SmtpSettings(
                host="127.0.0.1",
                port=port,
                username=None,
                password=None,
                security=Security.NONE,
                sender=SENDER,
            )
            self.session = await Session.open(smtp, Login(smtp, SystemClock()), None, Limits())
        return self.session

    async def _take(self, _server: SMTP, _peer: Peer, mail: Received) -> str:
        self.received.append(mail)
        return "250 kept"


async def _take_off() -> bool:
    return True


def unquoted(address: str) -> str:
    """Return an address without the quotes and backslashes that RFC 5321 lets a server take off."""
    local_part, _, domain = address.rpartition("@")
    return re.sub(r'"|\\(.)', r"\1", local_part) + "@" + domain


def as_the_chat_takes_it(typed: str) -> tuple[str, bool]:
    """Return the address that would be kept, or what was typed; and whether it was one."""
    try:
        return check(typed).address, True
    except BadAddress:
        return typed, False


def hold_bytes(content: bytes) -> None:
    """No line end but CRLF, no NUL, no line too long (RFC 5322 2.1.1), no dot alone."""
    lines = content.split(b"\r\n")
    assert not re.search(rb"[\r\n\x00]", b"".join(lines))
    assert max(map(len, lines)) <= 998
    assert b"." not in lines


def hold_mail(envelope: Envelope, words: Words) -> None:
    """The headers are ours alone, and both parts have the words as they were written."""
    mail = message_from_bytes(envelope.content)
    assert mail.keys() == HEADERS
    assert not mail.defects
    head = envelope.content.partition(b"\r\n\r\n")[0].decode()
    [to] = re.findall(r"^To: ((?:.|\r\n )*)\r\n", head, re.MULTILINE)
    assert to.removesuffix(">").endswith(envelope.recipient)
    plain, page = (read(part) for part in mail.get_payload())
    seen = Seen()
    seen.feed(page)
    assert seen.tags <= TAGS
    assert all(re.match(r"(?:https?://|tg://|mailto:)\S*$", href) for href in seen.links)
    if all(entity.type != "text_link" for entity in words.entities):
        assert as_written(words.text) in plain
    if not words.entities:
        assert as_written(words.text) in seen.text


def read(part: object) -> str:
    """Return a part's text with LF line ends."""
    assert isinstance(part, Message)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "p"),
    *("br", "a", "span", "b", "i", "u", "s", "em", "strong", "code", "pre", "blockquote", "h1"),
}


def as_written(text: str) -> str:
    """Return the text with LF line ends; what no mail may carry stands as U+FFFD."""
    lines = re.sub("\r\n?", "\n", text)
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if _unfit(character) else character for character in lines
    )


def _unfit(character: str) -> bool:
    number = ord(character)
    control = number < 32 or 127 <= number < 160
    return 0xD800 <= number < 0xE000 or (control and character not in "\n\t")


class Seen(HTMLParser):
    """What a reader of the page sees, and what it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.text += "\n" if tag == "br" else ""
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"href", "src"}:
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.timeout(0 if EXAMPLES > ROUND else 60)
def test_one_letter_is_one_mail_to_nobody_else_and_says_what_was_written() -> None:
    became: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        post = Post()
        runner.run(post.open())
        for number, letters in enumerate(rounds(EXAMPLES), start=SEED):
            print(f"seed {number}, {letters} letters; until now {became}", flush=True)  # noqa: T201

            @seed(number)
            @settings(
                max_examples=letters // BATCH,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(st.lists(MAILS, min_size=BATCH, max_size=BATCH))
            def hold(mails: list[tuple[Words, str, Language]]) -> None:
                for mail in mails:
                    became[runner.run(post.submit(*mail))] += 1

            hold()
        runner.run(post.close())
    print(f"{became.total():,} letters: {became}")  # noqa: T201 - for a campaign's log
    assert became["sent"] > became.total() // 4


def rounds(letters: int) -> list[int]:
    """Return the sizes of the rounds that so many letters make."""
    return [min(ROUND, letters - begun) for begun in range(0, letters, ROUND)]
