"""A story in Japanese, typed in the local mode: all that a language takes is its folder."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from tests.support.languages import JAPANESE
from tests.support.program import run
from tests.support.talk import told

SEALING = (
    *(":lang ja", "/start", "/write", "毎朝、30分だけ走る", "雨の日は家でストレッチ"),
    *("メールは me@example.comです", ":open", "ありがとうございます!"),
)
CHOOSING = ("/settings", ":press タイムゾーン", "東京", ":press 届く時刻", ":press 午後8時")
AFTER_A_WEEK = (":skip 7d", ":skip 1d", ":press 半分くらい", "走れた日もある")
ADDING = ("/letters", ":press 1", ":press 追伸", "靴を新しくした")
MOVING = (":press 日にち", "2月30日", "先週の月曜日", "1年後に", ":skip 24d", "/letters")
TO_ITS_END = (":skip 400d", ":press 守れました", "/letters", ":press 1", "/help", "/privacy")
DAY = r"\d{1,2}月\d{1,2}日\([月火水木金土日]\)"


def mails_in(folder: Path) -> list[EmailMessage]:
    paths = sorted((folder / "data" / "local" / "mail").glob("*.eml"))
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths
    ]


async def test_a_japanese_reader_is_spoken_to_in_japanese_alone(tmp_path: Path) -> None:
    typed = (*SEALING, *CHOOSING, *AFTER_A_WEEK, *ADDING, *MOVING, *TO_ITS_END)
    ended = await run("local", folder=tmp_path, text="".join(f"{line}\n" for line in typed))
    assert ended.code == 0
    assert "Traceback" not in ended.err
    sealing, choosing = ended.out.split("you> :lang ja\n")[1].split("you> /settings\n")
    choosing, after_a_week = choosing.split("you> :skip 7d\n")
    after_a_week, moving = after_a_week.split("you> :press 日にち\n")
    moving, to_its_end = moving.split("you> :skip 400d\n")

    assert told("start", JAPANESE, after="7日後と30日後").splitlines()[-1] in sealing
    assert "手紙に封をしました。💌\n     │ 毎朝、30分だけ走る\n     │ 雨の日は" in sealing
    assert re.search(rf"{DAY}と{DAY}、午[前後]\d{{1,2}}(:\d\d|時)ごろ、", sealing)
    assert f"bot> {told('thanks', JAPANESE)}" in sealing

    assert "言語：日本語\n" in choosing  # noqa: RUF001
    assert re.search(r"タイムゾーン：東京、今は午[前後]", choosing)  # noqa: RUF001
    assert re.search(rf"次の手紙は{DAY} 午後8時に届きます。", choosing)

    assert re.search(rf"📮 7日前、{DAY}の自分から手紙が届きました。\n", after_a_week)
    assert re.search(rf"{DAY} — チャット・メール ✓", after_a_week)
    assert "✓ 半分くらい\n     半分なら、もう道のりの半分です。" in after_a_week
    assert told("postscript-added", JAPANESE) in after_a_week

    assert told("day-not-there", JAPANESE) in moving
    assert told("day-too-soon", JAPANESE) in moving
    assert re.search(rf"\d{{4}}年{DAY} 午後8時に届くように移しました。", moving)
    assert "📮" not in moving

    assert re.search(rf"📮 37\d日前、\d{{4}}年{DAY}の自分から手紙が届きました。", to_its_end)
    assert re.search(r"│ 追伸 .* 靴を新しくした\n", to_its_end)
    assert "7日目には「半分くらい」と答えていました。\n     │ 走れた日もある\n" in to_its_end
    assert "✓ 守れました\n     やりましたね。" in to_its_end
    assert told("letter-ended", JAPANESE) in to_its_end

    said = "\n".join(line for line in ended.out.splitlines() if line.startswith(("bot> ", "     ")))
    assert not re.search("[가-힣]", said)
    assert not re.search("[A-Z][a-z]+ [a-z]+ [a-z]+", said)


async def test_mails_to_a_japanese_reader_are_japanese_to_the_subject(tmp_path: Path) -> None:
    typed = (*SEALING, ":skip 7d", ":skip 23d")
    ended = await run("local", folder=tmp_path, text="".join(f"{line}\n" for line in typed))
    assert ended.code == 0
    confirmation, *reminders = mails_in(tmp_path)
    assert re.fullmatch(r"\d{3} \d{3} · ゆっくりポストの確認番号", str(confirmation["Subject"]))
    assert [str(each["Subject"]) for each in reminders] == [
        f"決意「毎朝、30分だけ走る…」{day}日目" for day in (7, 30)
    ]
    for mail in (confirmation, *reminders):
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert mail["Content-Language"] == "ja"
        assert '<html lang="ja">' in html.get_content()
        assert "Noto Sans JP" in html.get_content()
        assert told("mail-stop", JAPANESE) in plain.get_content()
        assert not re.search("[가-힣]", plain.get_content())
    for mail in reminders:
        body = mail.get_body(("plain",))
        assert body is not None
        assert "毎朝、30分だけ走る\r\n雨の日は家でストレッチ" in body.get_content()


async def test_the_terminal_speaks_japanese_where_that_is_the_default(tmp_path: Path) -> None:
    text = ":help\n/write\n:fresh\n"
    ended = await run("local", folder=tmp_path, text=text, DEFAULT_LANGUAGE="ja")
    assert ended.code == 0
    assert ended.out.startswith("ゆっくりポストのローカルモードです。")
    assert told("local-help", JAPANESE) in ended.out
    assert f"ボット> {told('ask-words', JAPANESE)}" in ended.out
