"""What can be typed besides messages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Update

from bot.local.commands import COMMANDS
from bot.locales import Language, catalog
from tests.support.languages import ENGLISH, KOREAN
from tests.support.talk import told
from tests.support.terminal import EchoApp


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EchoApp]:
    async with EchoApp(tmp_path).opened() as app:
        yield app


def after(line: str, shown: str) -> str:
    """Return what was shown for one line."""
    return shown.split(f"you> {line}\n")[1].split("\nyou> ", maxsplit=1)[0].rstrip("\n")


async def test_the_last_text_is_edited(app: EchoApp) -> None:
    shown = await app.type("Run", "Swim", ":send photo", ":edit Swim\\", "and rest", ":edit Rest")
    assert "bot> Now 'Swim\\nand rest'" in shown
    assert after(":edit Rest", shown) == "bot> Now 'Rest'"
    texts = [m.text for m in app.telegram.messages if not m.by_bot]
    assert texts == ["Run", "Rest", ""]


async def test_a_text_two_days_old_is_not_edited(app: EchoApp) -> None:
    shown = await app.type("Run", ":skip 2d", ":edit Swim")
    assert after(":edit Swim", shown) == told("local-too-old-to-edit")


async def test_the_bots_last_message_is_replied_to(app: EchoApp) -> None:
    shown = await app.type("Run", ":reply Well", ":reply Well\\", "done")
    assert after(":reply Well", shown).startswith("""bot> Got 'Well' to "Got 'Run'"\n""")
    assert "Got 'Well\\ndone' to" in shown


async def test_the_bots_last_message_is_reacted_to(app: EchoApp) -> None:
    shown = await app.type("Run", ":react ❤️")
    assert after(":react ❤️", shown) == "reacted ❤ to “Got 'Run'”\nbot> Felt ['❤']"


async def test_the_same_reaction_again_takes_it_back(tmp_path: Path) -> None:
    app = EchoApp(tmp_path)
    app.allowed_updates = [Update.MESSAGE]
    async with app.opened():
        shown = await app.type("Run", ":react 👍", ":react 👍", ":react 👎")
    assert after(":react 👎", shown) == "reacted 👎 to “Got 'Run'”"
    assert "took back its reaction to “Got 'Run'”" in shown


@pytest.mark.parametrize(
    ("line", "got"),
    [
        (":send photo", "None photo"),
        (":send photo  My desk", "'My desk' photo"),
        (":send voice", "None voice"),
        (":send sticker", "None sticker"),
        (":send forward Run every day", "'Run every day' forward_origin"),
    ],
)
async def test_other_things_than_a_text_are_sent(app: EchoApp, line: str, got: str) -> None:
    assert after(line, await app.type(line)) == f"bot> Got {got}\n     [ Seal it ]"


async def test_a_forwarded_text_may_have_lines_from_the_start(app: EchoApp) -> None:
    shown = await app.type(":send forward\\", "Run\\", "and read")
    assert "bot> Got 'Run\\nand read' forward_origin" in shown


async def test_the_newest_message_is_forwarded(app: EchoApp) -> None:
    shown = await app.type("Run", ":send forward")
    assert """bot> Got "Got 'Run'" forward_origin""" in shown


async def test_a_blocked_bot_is_neither_heard_nor_written_to(app: EchoApp) -> None:
    shown = await app.type(
        *("Run", ":block", "Hello?", ":reply Hello?", ":send photo", ":unblock", "Hello!")
    )
    assert after(":block", shown) == told("local-block")
    for line in ("Hello?", ":reply Hello?", ":send photo"):
        assert after(line, shown) == told("local-blocked")
    assert after(":unblock", shown) == told("local-unblock")
    assert after("Hello!", shown).startswith("bot> Got 'Hello!'")


async def test_a_refused_address_gets_no_mail_until_it_is_taken_again(app: EchoApp) -> None:
    shown = await app.type(":refuse <Me@Example.com>", ":refuse me@example.com", "/mail")
    address = "Me@example.com"
    assert after(":refuse <Me@Example.com>", shown) == told("local-refuse", address=address)
    address = "me@example.com"
    assert after(f":refuse {address}", shown) == told("local-refuse-no-more", address=address)
    assert "mail> me@example.com" in shown


async def test_a_mails_page_is_written_and_in_a_terminal_shown(
    app: EchoApp, tmp_path: Path
) -> None:
    await app.mail("Run", html="<p>Run 달리기</p>")
    await app.mail("Swim", html="<p>Swim</p>")
    pages = [tmp_path / "look" / f"000{n}.html" for n in (1, 2)]
    looked_at: list[Path] = []
    shown = await app.type(":look 1", ":look")
    assert after(":look 1", shown) == told("local-look", number=1, path=pages[0])
    assert after(":look", shown) == told("local-look", number=2, path=pages[1])
    assert pages[0].read_text().strip() == "<p>Run 달리기</p>"
    assert pages[0].stat().st_mode & 0o077 == 0
    await app.type(":look 1", by_hand=True, browse=looked_at.append)
    assert looked_at == [pages[0]]


async def test_a_mail_without_a_page_says_so(app: EchoApp) -> None:
    assert told("local-no-mail") in await app.type(":look")
    await app.mail("Run")
    assert after(":look", await app.type(":look")) == told("local-no-html", number=1)
    assert after(":look 3", await app.type(":look 3")) == told("local-no-such-mail", number=3)


async def test_a_pipe_begins_anew_at_once(app: EchoApp) -> None:
    assert await app.type(":fresh", "more") == "you> :fresh\n"
    assert app.anew


@pytest.mark.parametrize(("answer", "anew"), [("yes", True), (" Yes ", True), ("no", False)])
async def test_somebody_at_a_terminal_is_asked_before_everything_is_erased(
    app: EchoApp, tmp_path: Path, answer: str, *, anew: bool
) -> None:
    shown = await app.type(":fresh", answer, ":quit", by_hand=True)
    assert shown.startswith(told("local-fresh-ask", folder=tmp_path))
    assert (told("local-fresh-not") in shown) is not anew
    assert app.anew is anew


async def test_the_question_is_answered_in_the_terminals_language(tmp_path: Path) -> None:
    async with EchoApp(tmp_path, KOREAN).opened() as app:
        await app.type(":fresh", "네", by_hand=True)
        assert app.anew
        await app.type(":fresh", by_hand=True)
        assert not app.anew


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (":edit", "local-edit-how"),
        (":edit Run", "local-nothing-to-edit"),
        (":reply", "local-reply-how"),
        (":reply Run", "local-bot-said-nothing"),
        (":react", "local-react-how"),
        (":react run", "local-react-how"),
        (":react 👍👍", "local-react-how"),
        (":react 👍", "local-bot-said-nothing"),
        (":send", "local-send-how"),
        (":send video", "local-send-how"),
        (":send forward", "local-nothing-to-forward"),
        (":refuse", "local-refuse-how"),
        (":refuse me", "local-refuse-how"),
        (":look", "local-no-mail"),
    ],
)
@pytest.mark.parametrize("language", [ENGLISH, KOREAN])
async def test_a_command_that_cannot_be_carried_out_is_explained(
    tmp_path: Path, language: Language, line: str, name: str
) -> None:
    app = EchoApp(tmp_path, language)
    assert await app.type(line) == f"you> {line}\n{catalog(language).say(name)}\n"
    assert app.telegram.messages == []


@pytest.mark.parametrize("language", [ENGLISH, KOREAN])
async def test_help_lists_every_command(tmp_path: Path, language: Language) -> None:
    shown = await EchoApp(tmp_path, language).type(":help")
    assert [name for name in COMMANDS if f":{name}" not in shown] == []
