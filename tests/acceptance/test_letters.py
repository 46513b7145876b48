"""One's letters, by typing in the local mode: deleted, added to, moved, and paged."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.program import Finished, run


def lines(*typed: str) -> str:
    return "".join(f"{line}\n" for line in typed)


def mail_shown(ended: Finished) -> list[str]:
    """Return what of the letters is in the mails shown."""
    return re.findall(
        r"^ {4}(Run every morning|A page a day|Drink water)$", ended.out, re.MULTILINE
    )


async def test_who_deletes_one_letter_keeps_two(tmp_path: Path) -> None:
    script = lines(
        *("/write", "Run every morning", "me@example.com", ":open"),
        *("/write", "A page a day", "me@example.com"),
        *("/write", "Drink water", "me@example.com"),
        *("/letters", ":press 2", ":press Delete", ":press Delete"),
        *(":skip 7d", ":mail 2", ":mail 3", "/letters"),
    )
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    assert "“A page a day” is deleted." in ended.out
    after = ended.out.split(":skip 7d")[1]
    assert sorted(mail_shown(ended)) == ["Drink water", "Run every morning"]
    assert "A page a day" not in after
    assert "📬 Your letters: 2" in after.split("you> /letters")[1]
    with closing(sqlite3.connect(tmp_path / "data" / "local" / "bot.db")) as connection:
        erased = connection.execute("SELECT burned_at IS NOT NULL FROM letters ORDER BY id")
        assert erased.fetchall() == [(0,), (1,), (0,)]


async def test_what_is_added_and_moved_comes_on_the_other_day(tmp_path: Path) -> None:
    script = lines(
        *("/write", "Run every morning", "me@example.com", ":open", ":skip 7d"),
        *("/letters", ":press 1", ":press Postscript", "and stretch"),
        *(":press Move", "in 4 weeks", ":skip 24d", "/letters", ":skip 5d"),
    )
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    first, till_day_31, later = ended.out.split(":skip ")[1:]
    assert "P.S." not in first.split("/letters")[0]
    assert "bot> Moved: it comes on " in first
    assert "📮" not in till_day_31
    assert re.search(r"📮 35 days ago, .*\n {5}│ Run every morning\n", later)
    assert re.search(r"│ P\.S\. \(.*\) and stretch", later)
    assert "mail> me@example.com" in later


async def test_a_page_is_turned_in_korean(tmp_path: Path) -> None:
    letters = [each for n in range(1, 7) for each in ("/write", f"다짐 {n}", ":press 메일 없이")]
    script = lines(":lang ko", *letters, "/letters", ":press 다음", ":press 6", ":press 목록")
    ended = await run("local", folder=tmp_path, text=script)
    assert ended.code == 0
    assert "📬 내 편지 6통" in ended.out
    assert "     6 · 다짐 1 — 다음은 " in ended.out
    assert "채팅 기다리는 중" in ended.out.split(":press 6")[1]
