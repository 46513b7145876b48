"""What can be typed in the local mode besides messages, before the whole program in a pipe."""

import re
from pathlib import Path

from tests.support.program import Program, files_under, run
from tests.support.talk import told

BEGUN = ("/write", "Run every morning", "me@example.com", ":open")


async def typed(folder: Path, *lines: str) -> str:
    """Return what is shown from the first of these lines on."""
    ended = await run("local", folder=folder, text="".join(f"{line}\n" for line in lines))
    assert ended.code == 0
    assert "Traceback" not in ended.err
    return ended.out[ended.out.index(f"you> {lines[0]}\n") :]


def after(line: str, shown: str) -> str:
    """Return what was shown for one line."""
    return shown.split(f"you> {line}\n")[1].split("\nyou> ", maxsplit=1)[0].strip()


def texts_of_mails(folder: Path) -> list[str]:
    mails = sorted((folder / "data" / "local" / "mail").glob("*.eml"))
    return [mail.read_text() for mail in mails]


async def test_an_edited_letter_comes_back_as_edited(tmp_path: Path) -> None:
    shown = await typed(tmp_path, *BEGUN[:2], ":edit Run every evening", *BEGUN[2:], ":skip 7d")
    assert "Run every evening" in after(":skip 7d", shown)
    assert "Run every morning" not in after(":skip 7d", shown)
    assert "Run every evening" in texts_of_mails(tmp_path)[-1]


async def test_a_reply_a_reaction_and_other_kinds_are_taken_for_what_they_are(
    tmp_path: Path,
) -> None:
    shown = await typed(
        tmp_path, "/start", ":react 👍", ":send sticker", "/write", ":reply Run", ":skip 1m"
    )
    assert "reacted 👍 to “" in after(":react 👍", shown)
    assert after(":send sticker", shown).startswith("bot> ")
    assert told("so-far", words="│ Run").splitlines()[0] in after(":reply Run", shown)


async def test_an_input_that_is_closed_is_at_its_end(tmp_path: Path) -> None:
    again = "os.execv(sys.executable, [sys.executable, '-m', 'bot', 'local'])"
    program = await Program.begun(
        "-c", f"import os, sys; os.close(0); {again}", folder=tmp_path, environ={}
    )
    ended = await program.finished()
    assert (ended.code, "Traceback" in ended.err) == (0, False)


async def test_who_blocked_the_bot_still_gets_mail(tmp_path: Path) -> None:
    blocked = (":skip 1h", ":block", "hello", ":skip 7d", ":unblock", ":skip 23d")
    shown = await typed(tmp_path, *BEGUN, *blocked)
    assert after("hello", shown) == told("local-blocked")
    assert "bot> " not in after(":skip 7d", shown)
    assert "mail> me@example.com" in after(":skip 7d", shown)
    assert "bot> " in after(":skip 23d", shown)


async def test_a_refused_address_gets_no_mail_and_its_person_hears_of_it(tmp_path: Path) -> None:
    shown = await typed(
        tmp_path, *BEGUN, ":refuse me@example.com", ":skip 1h", ":skip 7d", ":skip 23d"
    )
    assert len(texts_of_mails(tmp_path)) == 1
    assert "bot> " not in after(":skip 7d", shown).replace("bot> ↩ Run every morning\n     📮", "")
    assert told("address-refused", address="me@example.com") in after(":skip 23d", shown)


async def test_a_mails_page_lies_beside_the_mails(tmp_path: Path) -> None:
    shown = await typed(tmp_path, *BEGUN, ":look 1")
    [page] = [name for name in files_under(tmp_path) if name.endswith(".html")]
    assert after(":look 1", shown).endswith(page)
    assert re.match(r"\s*<!doctype html>", (tmp_path / page).read_text(), re.IGNORECASE)


async def test_begun_anew_nothing_is_left_of_before(tmp_path: Path) -> None:
    shown = await typed(tmp_path, *BEGUN, ":skip 7d", ":look", ":fresh", ":mail", ":open", *BEGUN)
    assert after(":mail", shown) == told("local-no-mail")
    assert len(texts_of_mails(tmp_path)) == 1
    banner = told("local-banner", folder=Path("data", "local", "mail"))
    assert banner.splitlines()[0] in after(":fresh", shown)
    assert not any("look" in name for name in files_under(tmp_path))
    afterwards = await typed(tmp_path, ":skip 7d", ":fresh", ":skip 30d")
    assert "Run every morning" in after(":skip 7d", afterwards)
    assert "bot> " not in after(":skip 30d", afterwards)
    assert texts_of_mails(tmp_path) == []
