"""Days as people write them, in Korean, English and Japanese."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.dates import LONGEST, Flaw, NoDay, last_day, read_day, read_days
from bot.dates.calendar import add_months
from bot.locales import LANGUAGES, Language
from tests.support.languages import ENGLISH, JAPANESE, KOREAN

TODAY = date(2026, 11, 27)
"""A Friday."""

PIECES = [
    *(
        "다음",
        "달",
        "주",
        "년",
        "월",
        "일",
        "뒤",
        "전",
        "말일",
        "한",
        "두",
        "일주일",
        "월요일",
        "내년",
    ),
    *(
        "next",
        "in",
        "of",
        "the",
        "month",
        "a",
        "3rd",
        "Jan",
        "may",
        "ago",
        "half",
        "year",
        "Monday",
    ),
    *("-", "/", ".", ",", "2027", "31", "0", "8", "99", "999999", "크리스마스"),
]
"""What days are written with."""

days_ahead = st.dates(date(2000, 1, 1), date(2200, 12, 31)).flatmap(
    lambda today: st.tuples(st.just(today), st.dates(today + timedelta(days=1), last_day(today)))
)


def read(text: str, language: Language = KOREAN, today: date = TODAY) -> list[str]:
    return [day.isoformat() for day in read_day(text, today, language)]


def flaw(text: str, language: Language = KOREAN, today: date = TODAY) -> Flaw:
    with pytest.raises(NoDay) as problem:
        read_day(text, today, language)
    return problem.value.flaw


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("내일", "2026-11-28"),
        ("모레", "2026-11-29"),
        ("내일모레", "2026-11-29"),
        ("글피", "2026-11-30"),
        ("3일 후", "2026-11-30"),
        ("사흘 뒤에", "2026-11-30"),
        ("열흘 뒤", "2026-12-07"),
        ("보름 뒤", "2026-12-12"),
        ("2주 뒤", "2026-12-11"),
        ("이 주 뒤", "2026-12-11"),
        ("2주일 후", "2026-12-11"),
        ("2주", "2026-12-11"),
        ("일주일 뒤", "2026-12-04"),
        ("한 달 뒤", "2026-12-27"),
        ("두 달 뒤", "2027-01-27"),
        ("삼 개월 뒤", "2027-02-27"),
        ("반년 뒤", "2027-05-27"),
        ("1년 뒤", "2027-11-27"),
        ("1년 반 뒤", "2028-05-27"),
        ("1년 3개월 뒤", "2028-02-27"),
        ("다음 주", "2026-12-04"),
        ("다음 달", "2026-12-27"),
        ("내년", "2027-11-27"),
        ("다음 달 3일", "2026-12-03"),
        ("다음달3일로 옮겨 주세요", "2026-12-03"),
        ("다음 달 말일", "2026-12-31"),
        ("1월 8일", "2027-01-08"),
        ("１월 ８일", "2027-01-08"),
        ("01월 08일", "2027-01-08"),
        ("11월 3일", "2027-11-03"),
        ("내년 1월 1일", "2027-01-01"),
        ("내후년 3월 2일", "2028-03-02"),
        ("2027년 1월 1일", "2027-01-01"),
        ("27년 1월 1일", "2027-01-01"),
        ("2월 29일", "2028-02-29"),
        ("2월 말일", "2027-02-28"),
        ("3일", "2026-12-03"),
        ("2027-01-01", "2027-01-01"),
        ("2027. 1. 8.", "2027-01-08"),
        ("27.1.3", "2027-01-03"),
        ("1/8", "2027-01-08"),
        ("월요일", "2026-11-30"),
        ("금요일 오후 6시", "2026-12-04"),
        ("이번 주 일요일", "2026-11-29"),
        ("다음 주 월요일", "2026-11-30"),
        ("다음주 일요일에", "2026-12-06"),
        ("크리스마스", "2026-12-25"),
        ("내년 크리스마스", "2027-12-25"),
        ("Jan 8", "2027-01-08"),
    ],
)
def test_a_day_is_read_as_koreans_write_it(text: str, day: str) -> None:
    assert read(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", "2026-11-28"),
        ("the day after tomorrow", "2026-11-29"),
        ("in 10 days please", "2026-12-07"),
        ("in 2 weeks", "2026-12-11"),
        ("In two weeks’ time", "2026-12-11"),  # noqa: RUF001
        ("in a couple of weeks", "2026-12-11"),
        ("a fortnight from now", "2026-12-11"),
        ("2 weeks", "2026-12-11"),
        ("2 weeks later", "2026-12-11"),
        ("in a month", "2026-12-27"),
        ("in half a year", "2027-05-27"),
        ("a year from now", "2027-11-27"),
        ("1 year and 3 months from now", "2028-02-27"),
        ("next week", "2026-12-04"),
        ("next month", "2026-12-27"),
        ("next year", "2027-11-27"),
        ("Jan 8", "2027-01-08"),
        ("move it to January 8th, 2028 please", "2028-01-08"),
        ("8 January 2027", "2027-01-08"),
        ("8th of Jan.", "2027-01-08"),
        ("Sept. 3", "2027-09-03"),
        ("may 5", "2027-05-05"),
        ("Jan 8 next year", "2027-01-08"),
        ("Feb 29", "2028-02-29"),
        ("the 3rd", "2026-12-03"),
        ("next month on the 3rd", "2026-12-03"),
        ("3rd of next month", "2026-12-03"),
        ("the last day of next month", "2026-12-31"),
        ("2027-01-01", "2027-01-01"),
        ("12.25.2027", "2027-12-25"),
        ("31/1", "2027-01-31"),
        ("1/31", "2027-01-31"),
        ("8/8", "2027-08-08"),
        ("Monday", "2026-11-30"),
        ("on Friday", "2026-12-04"),
        ("wed", "2026-12-02"),
        ("next Monday", "2026-11-30"),
        ("next Sunday", "2026-12-06"),
        ("Monday next week", "2026-11-30"),
        ("New Year's Eve", "2026-12-31"),
        ("Christmas", "2026-12-25"),
        ("다음 달 3일", "2026-12-03"),
    ],
)
def test_a_day_is_read_as_it_is_written_in_english(text: str, day: str) -> None:
    assert read(text, ENGLISH) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明日", "2026-11-28"),
        ("あしたの朝", "2026-11-28"),
        ("明後日", "2026-11-29"),
        ("しあさって", "2026-11-30"),
        ("3日後", "2026-11-30"),
        ("三日後に", "2026-11-30"),
        ("十日後", "2026-12-07"),
        ("2週間後", "2026-12-11"),
        ("一週間後に届けて", "2026-12-04"),
        ("2週間くらい後", "2026-12-11"),
        ("あと2週間", "2026-12-11"),
        ("2週間", "2026-12-11"),
        ("10日間", "2026-12-07"),
        ("1か月後", "2026-12-27"),
        ("２ヶ月後", "2027-01-27"),
        ("半年後", "2027-05-27"),
        ("1年半後", "2028-05-27"),
        ("1年と3か月後", "2028-02-27"),
        ("来週", "2026-12-04"),
        ("来月", "2026-12-27"),
        ("来年", "2027-11-27"),
        ("来月3日", "2026-12-03"),
        ("来月の３日に変えてください", "2026-12-03"),
        ("来月末", "2026-12-31"),
        ("再来月10日", "2027-01-10"),
        ("１月８日（木）午後６時", "2027-01-08"),  # noqa: RUF001
        ("1月8日(木)", "2027-01-08"),
        ("01月08日", "2027-01-08"),
        ("11月3日", "2027-11-03"),
        ("来年の1月1日", "2027-01-01"),
        ("再来年3月2日", "2028-03-02"),
        ("2027年1月1日", "2027-01-01"),
        ("2月29日", "2028-02-29"),
        ("2月末", "2027-02-28"),
        ("3日", "2026-12-03"),
        ("2027-01-01", "2027-01-01"),
        ("2027/1/8", "2027-01-08"),
        ("1/8(金)", "2027-01-08"),
        ("月曜日", "2026-11-30"),
        ("金曜の午後6時", "2026-12-04"),
        ("今週の日曜日", "2026-11-29"),
        ("来週の月曜日", "2026-11-30"),
        ("再来週日曜", "2026-12-13"),
        ("次の月曜日", "2026-11-30"),
        ("今度の日曜日", "2026-11-29"),
        ("クリスマス", "2026-12-25"),
        ("来年の元日", "2027-01-01"),
        ("大晦日", "2026-12-31"),
        ("1月8日前後", "2027-01-08"),
    ],
)
def test_a_day_is_read_as_it_is_written_in_japanese(text: str, day: str) -> None:
    assert read(text, JAPANESE) == [day]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("今日", Flaw.TOO_SOON),
        ("おととい", Flaw.TOO_SOON),
        ("3日前", Flaw.TOO_SOON),
        ("先月の3日", Flaw.TOO_SOON),
        ("6年後", Flaw.TOO_FAR),
        ("2月30日", Flaw.NOT_THERE),
        ("13月1日", Flaw.UNCLEAR),
        ("こんにちは", Flaw.UNCLEAR),
    ],
)
def test_what_gives_no_day_in_japanese_says_why(text: str, problem: Flaw) -> None:
    assert flaw(text, JAPANESE) is problem


@pytest.mark.parametrize("text", ["1/8", "8/1", "1/8/2027", "01/08/27", "8.1.2027"])
def test_digits_that_may_mean_two_days_give_both_in_english(text: str) -> None:
    assert read(text, ENGLISH) == ["2027-01-08", "2027-08-01"]


def test_two_days_in_a_text_are_both_given_and_three_are_none() -> None:
    assert read("1월 8일이나 2월 3일") == ["2027-01-08", "2027-02-03"]
    assert flaw("Mon, Tue or Wed", ENGLISH) is Flaw.UNCLEAR


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("오늘", Flaw.TOO_SOON),
        ("어제", Flaw.TOO_SOON),
        ("3일 전", Flaw.TOO_SOON),
        ("지난달 3일", Flaw.TOO_SOON),
        ("이번 주 월요일", Flaw.TOO_SOON),
        ("2020-01-01", Flaw.TOO_SOON),
        ("last week", Flaw.TOO_SOON),
        ("6년 뒤", Flaw.TOO_FAR),
        ("in 999999 years", Flaw.TOO_FAR),
        ("9999-12-31", Flaw.TOO_FAR),
        ("2월 30일", Flaw.NOT_THERE),
        ("내년 2월 29일", Flaw.NOT_THERE),
        ("13/13", Flaw.NOT_THERE),
        ("0월 0일", Flaw.NOT_THERE),
        ("안녕", Flaw.UNCLEAR),
        ("2027", Flaw.UNCLEAR),
        ("3", Flaw.UNCLEAR),
        ("", Flaw.UNCLEAR),
        ("내일" + " " * LONGEST, Flaw.UNCLEAR),
    ],
)
def test_what_gives_no_day_says_why(text: str, problem: Flaw) -> None:
    assert flaw(text) is problem


def test_the_days_that_may_be_end_five_years_ahead() -> None:
    assert last_day(date(2024, 2, 29)) == date(2029, 2, 28)
    assert read("2031-11-27") == ["2031-11-27"]
    assert flaw("2031-11-28") is Flaw.TOO_FAR


def test_a_day_of_the_month_is_never_today_and_passes_over_short_months() -> None:
    assert read("27일") == ["2026-12-27"]
    assert read("31일", today=date(2027, 1, 31)) == ["2027-03-31"]


def test_a_month_on_from_a_long_months_end_is_the_short_ones_end() -> None:
    assert read("한 달 뒤", today=date(2027, 1, 31)) == ["2027-02-28"]
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 29)


@given(both=days_ahead)
@example(both=(date(2024, 2, 28), date(2024, 2, 29)))
def test_each_day_that_may_be_is_read_however_it_is_written(both: tuple[date, date]) -> None:
    today, day = both
    for text, language in [
        (day.isoformat(), KOREAN),
        (day.isoformat(), ENGLISH),
        (f"{day.year}년 {day.month}월 {day.day}일에", KOREAN),
        (f"{day.year}.{day.month}.{day.day}", KOREAN),
        (f"{(day - today).days}일 뒤", KOREAN),
        (f"{day.year}年{day.month}月{day.day}日に", JAPANESE),
        (f"{(day - today).days}日後", JAPANESE),
        (f"in {(day - today).days} days", ENGLISH),
        (f"{day:%B} {day.day}, {day.year}", ENGLISH),
        (f"{day.day} {day:%b} {day.year}", ENGLISH),
    ]:
        assert read_day(text, today, language) == (day,), text


@given(today=st.dates(), weekday=st.integers(0, 6))
def test_a_weekday_is_one_of_the_next_seven_days(today: date, weekday: int) -> None:
    if today > date(9000, 1, 1):
        return
    (day,) = read_day("월화수목금토일"[weekday] + "요일", today, KOREAN)
    assert today < day <= today + timedelta(days=7)
    assert day.weekday() == weekday


pieces = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(max_size=3),
    ),
    max_size=12,
)


@given(words=pieces, joint=st.sampled_from(["", " "]), today=st.dates(date(1, 1, 1)))
def test_any_words_give_days_that_may_be_or_say_why_not(
    words: list[str], joint: str, today: date
) -> None:
    today = min(today, date(9990, 1, 1))
    for language in LANGUAGES:
        try:
            days = read_day(joint.join(words), today, language)
        except NoDay:
            continue
        assert 1 <= len(days) <= 2
        assert list(days) == sorted(set(days))
        assert all(today < day <= last_day(today) for day in days)


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("3일 뒤와 100일 뒤", KOREAN, ["2026-11-30", "2027-03-07"]),
        ("3일, 100일 뒤", KOREAN, ["2026-11-30", "2027-03-07"]),
        ("1월 1일", KOREAN, ["2027-01-01"]),
        (
            "내일, 2주 뒤, 다음 달 3일, 1년 뒤",
            KOREAN,
            "2026-11-28 2026-12-03 2026-12-11 2027-11-27",
        ),
        ("in 3 days, in 2 months", ENGLISH, ["2026-11-30", "2027-01-27"]),
        ("in 3 days and in 100 days", ENGLISH, ["2026-11-30", "2027-03-07"]),
        ("3 days, 2 weeks and 2 months", ENGLISH, "2026-11-30 2026-12-11 2027-01-27"),
        ("1 day, 2 days, 3 days, 4 days", ENGLISH, "2026-11-28 2026-11-29 2026-11-30 2026-12-01"),
        ("in a year and 2 months", ENGLISH, ["2028-01-27"]),
        ("Jan 1, Jul 1 and Jan 1", ENGLISH, ["2027-01-01", "2027-07-01"]),
        ("3日後と100日後", JAPANESE, ["2026-11-30", "2027-03-07"]),
    ],
)
def test_several_days_in_one_text(text: str, language: Language, days: list[str] | str) -> None:
    wanted = days.split() if isinstance(days, str) else days
    [days_read] = read_days(text, TODAY, language, most=5)
    assert [each.isoformat() for each in days_read] == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["3 and 100", "3, 100", "3,100", "100 3", "3 + 100.", "3과 100", "3、100", "3と100"]
)
def test_bare_numbers_are_days_from_today(text: str, language: Language) -> None:
    [days_read] = read_days(text, TODAY, language, most=5)
    assert [each.isoformat() for each in days_read] == ["2026-11-30", "2027-03-07"]


@pytest.mark.parametrize(
    ("text", "language"),
    [("in 3 and 100 days", ENGLISH), ("3과 100일 뒤", KOREAN), ("3と100日後", JAPANESE)],
)
def test_a_unit_may_stand_behind_the_last_of_them(text: str, language: Language) -> None:
    [days_read] = read_days(text, TODAY, language, most=5)
    assert [each.isoformat() for each in days_read] == ["2026-11-30", "2027-03-07"]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("2/3", ["2027-02-03", "2027-03-02"]),
        ("2/3 and 3/4", ["2027-02-03 2027-03-04", "2027-03-02 2027-04-03"]),
        ("2/3, 13/4, in 3 days", ["2026-11-30 2027-03-02 2027-04-13"]),
        ("4/4", ["2027-04-04"]),
    ],
)
def test_digits_that_may_mean_two_days_give_two_lists(text: str, lists: list[str]) -> None:
    read = read_days(text, TODAY, ENGLISH, most=5)
    assert [" ".join(day.isoformat() for day in days) for days in read] == lists


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("in 3 days, yesterday", Flaw.TOO_SOON),
        ("in 3 days, in 6 years", Flaw.TOO_FAR),
        ("in 3 days, on February 30", Flaw.NOT_THERE),
        ("3 and 9999", Flaw.TOO_FAR),
        ("0", Flaw.TOO_SOON),
        ("1, 2, 3, 4, 5, 6", Flaw.TOO_MANY),
        ("2 or 3", Flaw.UNCLEAR),
        ("soon", Flaw.UNCLEAR),
        ("in 3 days, " * 20, Flaw.UNCLEAR),
        ("Jan 1, Jan 2, Jan 3, Jan 4, Jan 5, Jan 6", Flaw.TOO_MANY),
    ],
)
def test_none_of_several_days_is_taken_where_one_cannot_be(text: str, flaw: Flaw) -> None:
    with pytest.raises(NoDay) as raised:
        read_days(text, TODAY, ENGLISH, most=5)
    assert raised.value.flaw is flaw
