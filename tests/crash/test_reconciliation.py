"""The books of a campaign say no when they must."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.letters import Channel, State
from bot.locales import catalog
from tests.crash.deliveries import DAYS, End, Key, Promise
from tests.crash.figures import Figures, ReplyFigures
from tests.crash.reconciliation import Reconciliation
from tests.crash.trace import Trace
from tests.crash.uptime import Uptime
from tests.support.languages import ENGLISH
from tests.support.smtp import Accepted

PROMISE = Promise(person_id=1, address="one@example.com", words="Keep going.")
MAIL, CHAT = Key(1, DAYS[0], Channel.EMAIL), Key(1, DAYS[0], Channel.CHAT)
SENT = End(state=State.SENT, reason=None, token="t")
IN_DOUBT = End(state=State.FAILED, reason="unconfirmed", token="t")
SAY = catalog(ENGLISH)


class Books:
    """The books of one letter, everything of which came once unless a test says otherwise."""

    def __init__(self, folder: Path) -> None:
        self.uptime = Uptime(SystemClock())
        self.kept = Reconciliation(self.uptime)
        self.kept.promise(PROMISE)
        self.kept.consent(PROMISE.address)
        self.ends = {Key(1, day, channel): SENT for day in DAYS for channel in Channel}
        self.trace = folder / "trace"
        self.trace.touch()

    def mail(
        self,
        day: int,
        *,
        message_id: str = "<t@x>",
        to: str = PROMISE.address,
        said: Iterable[str] = (),
    ) -> None:
        subject = SAY.count("mail-reminder-subject-words", day, first=PROMISE.words)
        self.any_mail(subject, "\r\n".join((PROMISE.words, *said)), message_id, to)

    def confirmation(self, words: str = "") -> None:
        subject = SAY.say("mail-confirm-subject", code="123 456")
        self.any_mail(subject, f"{words}\r\n    123 456", "<c@x>", PROMISE.address)

    def last_mail(self) -> None:
        self.any_mail("Stopped", "https://t.me/bot?start=lA", "<l@x>", PROMISE.address)

    def any_mail(self, subject: str, text: str, message_id: str, to: str) -> None:
        content = f"Message-ID: {message_id}\r\nSubject: {subject}\r\n\r\n{text}\r\n"
        self.kept.take_mail(
            Accepted(
                sender="letters@example.com",
                recipients=(to,),
                content=content.encode(),
                options=(),
                tls=False,
                user=None,
            )
        )

    def message(self, text: str) -> None:
        self.kept.take_message(PROMISE.person_id, text)

    def reminder(self, day: int, *, said: Iterable[str] = ()) -> None:
        opening = SAY.count("reminder-opening", day, date="today")
        self.message("\n\n".join((opening, PROMISE.words, *said)))

    def all_but(self, *missing: Key) -> None:
        for key in self.ends.keys() - set(missing):
            self.mail(key.day) if key.channel is Channel.EMAIL else self.reminder(key.day)

    def close(self) -> Figures:
        return self.kept.close(self.ends, self.trace, 1.0, ReplyFigures())


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_what_came_once_is_in_order(books: Books) -> None:
    books.all_but()
    figures = books.close()
    assert (figures.deliveries, figures.sent, figures.doubled, figures.lost) == (4, 4, 0, 0)
    assert figures.breaches == ()


def test_a_reminder_before_its_day_is_a_breach_unless_it_was_moved(books: Books) -> None:
    books.all_but(CHAT)
    books.reminder(1)
    assert len(books.kept.breaches) == 1
    books.kept.promise(replace(PROMISE, moved=True))
    books.reminder(1)
    assert len(books.kept.breaches) == 1
    assert books.close().lost == 0


@pytest.mark.parametrize("channel", Channel)
def test_what_was_answered_stands_with_the_letter_at_its_last_coming_alone(
    books: Books, channel: Channel
) -> None:
    said, last = ("Half-way", "It rained."), DAYS[-1]
    books.kept.promise(replace(PROMISE, recalled=said))
    books.all_but(*(Key(1, last, each) for each in Channel))
    assert not books.kept.breaches
    send = books.mail if channel is Channel.EMAIL else books.reminder
    for some in (said, said[:1], ()):
        assert not books.kept.breaches
        send(last, said=some)
        assert bool(books.kept.breaches) is (some != said)
        books.kept.breaches.clear()


def test_a_late_reminder_tells_its_letters_age_and_is_of_the_day_before_it(books: Books) -> None:
    books.all_but(CHAT, MAIL)
    books.reminder(9)
    books.mail(29)
    assert books.close().breaches == ()


@pytest.mark.parametrize("key", [MAIL, CHAT], ids=str)
@pytest.mark.parametrize(
    "end",
    [SENT, IN_DOUBT, End(state=State.RETRY, reason=None, token="t"), None],
    ids=lambda end: str(end.state) if end else "no row",
)
def test_what_never_came_is_lost_however_the_store_says_it_ended(
    books: Books, key: Key, end: End | None
) -> None:
    del books.ends[key]
    if end:
        books.ends[key] = end
    books.all_but(key)
    figures = books.close()
    assert figures.lost == 1
    assert figures.breaches


@pytest.mark.parametrize(("key", "word"), [(MAIL, "mail-in-doubt"), (CHAT, "note-in-doubt")])
def test_what_is_in_doubt_is_not_lost_on_a_person_who_was_told(
    books: Books, key: Key, word: str
) -> None:
    books.all_but(key)
    books.ends[key] = IN_DOUBT
    books.message(SAY.say(word, address=PROMISE.address))
    figures = books.close()
    assert (figures.lost, figures.unconfirmed_told) == (0, 1)


def test_a_second_copy_of_what_no_kill_left_in_flight_is_a_breach(books: Books) -> None:
    books.all_but()
    books.reminder(CHAT.day)
    assert books.close().breaches == ("1 came twice, and 0 were in flight at kills",)


def test_a_third_copy_is_a_breach_and_a_second_is_none(books: Books) -> None:
    books.kept.in_flight = 1
    books.all_but()
    books.reminder(CHAT.day)
    assert not books.kept.breaches
    books.reminder(CHAT.day)
    figures = books.close()
    assert figures.doubled == 1
    assert len(figures.breaches) == 1


def test_a_second_copy_under_another_message_id_is_a_breach(books: Books) -> None:
    books.kept.in_flight = 1
    books.all_but()
    books.mail(MAIL.day, message_id="<other@x>")
    assert len(books.close().breaches) == 1


def test_a_second_copy_after_the_yes_was_on_disk_is_a_breach(books: Books) -> None:
    books.all_but()
    notes = (Trace.LEAVING, Trace.SEEN, Trace.RECORDED, Trace.LEAVING)
    books.trace.write_text("".join(f"{note} t\n" for note in notes))
    assert books.close().breaches


def test_mail_to_a_stranger_and_words_of_nobodys_are_breaches(books: Books) -> None:
    books.mail(MAIL.day, to="stranger@example.com")
    books.message("Buy now")
    assert len(books.kept.breaches) == 2


def test_one_word_in_the_chat_stands_for_both_mails_of_a_letter(books: Books) -> None:
    mails = [Key(1, day, Channel.EMAIL) for day in DAYS]
    books.all_but(*mails)
    books.ends.update(dict.fromkeys(mails, IN_DOUBT))
    books.message(SAY.say("mail-in-doubt", address=PROMISE.address))
    figures = books.close()
    assert (figures.unconfirmed_told, figures.lost) == (2, 0)


def test_mails_in_doubt_of_which_nobody_is_told_are_lost(books: Books) -> None:
    mails = [Key(1, day, Channel.EMAIL) for day in DAYS]
    books.all_but(*mails)
    books.ends.update(dict.fromkeys(mails, IN_DOUBT))
    assert books.close().lost == len(mails)


def test_a_letter_mailed_before_its_reader_consented_is_a_breach(books: Books) -> None:
    other = "other@example.com"
    books.kept.promise(Promise(person_id=1, address=other, words=PROMISE.words))
    books.confirmation()
    assert not books.kept.breaches
    books.mail(MAIL.day, to=other)
    assert books.kept.breaches == [f"{other} was mailed a letter and never confirmed"]


def test_words_in_a_confirmation_mail_are_a_breach(books: Books) -> None:
    books.confirmation(PROMISE.words)
    assert len(books.kept.breaches) == 1


def test_a_stopped_address_is_owed_no_mail_and_the_chat_is_all_the_same(books: Books) -> None:
    books.kept.stopping(PROMISE.address)
    books.all_but(*(Key(1, day, Channel.EMAIL) for day in DAYS))
    figures = books.close()
    assert (figures.deliveries, figures.sent, figures.breaches) == (2, 2, ())


def test_mail_to_a_stopped_address_is_a_breach_from_the_programs_next_life_on(books: Books) -> None:
    books.kept.stopped(PROMISE.address)
    books.mail(MAIL.day)
    assert not books.kept.breaches
    books.uptime.begin()
    books.mail(MAIL.day)
    assert len(books.kept.breaches) == 1


def test_a_stopped_address_is_mailed_once_that_it_is(books: Books) -> None:
    books.kept.stopping(PROMISE.address)
    books.kept.stopped(PROMISE.address)
    books.uptime.begin()
    books.last_mail()
    books.all_but(*(Key(1, day, Channel.EMAIL) for day in DAYS))
    assert books.close().breaches == ()
    books.last_mail()
    assert books.kept.breaches == []
    books.last_mail()
    assert len(books.kept.breaches) == 1


def test_a_stop_without_its_last_mail_is_a_breach_and_so_is_the_mail_without_a_stop(
    books: Books,
) -> None:
    books.last_mail()
    assert len(books.kept.breaches) == 1
    other = Books(books.trace.parent)
    other.kept.stopping(PROMISE.address)
    other.kept.stopped(PROMISE.address)
    other.all_but(*(Key(1, day, Channel.EMAIL) for day in DAYS))
    assert len(other.close().breaches) == 1


@pytest.mark.parametrize(
    "comes",
    [
        lambda books: books.mail(MAIL.day),
        lambda books: books.reminder(CHAT.day),
        lambda books: books.confirmation(),
    ],
    ids=["mail", "chat", "confirmation"],
)
def test_whatever_comes_to_an_erased_person_later_is_a_breach(
    books: Books, comes: Callable[[Books], None]
) -> None:
    books.kept.erasing(PROMISE.person_id)
    comes(books)
    books.kept.erased(PROMISE.person_id)
    books.uptime.begin()
    assert not books.kept.breaches
    comes(books)
    assert len(books.kept.breaches) == 1
    assert books.close().deliveries == 0
