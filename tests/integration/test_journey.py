"""A letter's way from the chat to both channels, in both languages."""

from datetime import timedelta

import pytest

from tests.support.app import Harness
from tests.support.smtpd import ScriptedSmtp

WORDS = "매일 아침 달리기\n그리고 <b>굵게</b> 웃기 🙂"


@pytest.mark.parametrize(
    ("language", "sealed", "reminder", "subject"),
    [
        ("ko", "편지를 봉했어요", "일 전", "일째"),
        ("en", "Sealed", "days ago", "letter"),
    ],
)
async def test_a_letter_comes_back_on_both_days_and_both_channels(
    harness: Harness,
    smtp_server: ScriptedSmtp,
    language: str,
    sealed: str,
    reminder: str,
    subject: str,
) -> None:
    async with harness.app() as app:
        user = harness.user(app, language=language)
        answer = (await user.seal(WORDS, "me@example.com"))[-1].text
        assert sealed in answer
        assert "me@example.com" in answer

        for day, wait in ((7, 7), (30, 23)):
            before = len(user.heard)
            await harness.pass_time(app, timedelta(days=wait) - timedelta(seconds=1))
            assert len(user.heard) == before
            await harness.pass_time(app, timedelta(seconds=1))
            [note] = user.heard[before:]
            assert f"{day}" in note.text
            assert reminder in note.text
            assert WORDS in note.text

    mails = smtp_server.accepted
    assert [mail.recipients for mail in mails] == [("me@example.com",)] * 2
    for mail in mails:
        assert subject in str(mail.message["Subject"])
        plain, html = mail.message.iter_parts()
        assert WORDS in plain.get_content().replace("\r\n", "\n")
        assert "&lt;b&gt;굵게&lt;/b&gt;" in html.get_content()
