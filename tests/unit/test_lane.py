"""A lane's rules, one at a time, over a far end that does as it is told."""

import asyncio
import logging
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.delivery.lane import Lane, LaneSettings
from bot.delivery.outcome import Abandoned, Blame, Cause, Clarity, LaneFault, Later, Refused
from bot.delivery.settling import IN_DOUBT
from bot.letters import Channel
from bot.messages.address_wanted import AddressRefused, AddressStopped
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.messages.operator_notes import LaneDown, LaneMended
from bot.precedence import Precedence
from bot.store import claims, suppressions
from bot.store.database import Database, from_text
from bot.store.deliveries import Delivery
from bot.store.mailboxes import mailbox_key
from bot.store.outbox import params_of
from tests.support import one_claim
from tests.support.clock import ManualClock
from tests.support.failing_store import FailingWriter
from tests.support.log_lines import log_lines
from tests.support.scripted_transport import OPERATOR, Answer, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letters
from tests.support.watched import Gate

LEASE = timedelta(minutes=7)
SETTINGS = LaneSettings(attempts=1, lease=LEASE)
DAY_7 = timedelta(days=7)
MINUTE = timedelta(minutes=1)

LOGIN_REFUSED = LaneFault(
    reason="smtp-535@auth", urgent=True, cause=Cause.LOGIN, words="no,\r\nbox@example.com"
)
ONE_REFUSED = Refused(reason="smtp-550-5.7.1@final-dot", blame=Blame.CONTENT)


def after(span: timedelta | None) -> Answer:
    return Answer(outcome=Later(reason="later", after=span), arrives=False)


def fails(fault: LaneFault | Refused | Later) -> Answer:
    return Answer(outcome=fault, arrives=False, comes_to_send=False)


@dataclass(slots=True, kw_only=True)
class Post:
    """A lane for mail, its far end, its store, and when other deliveries came of its work."""

    database: Database
    clock: ManualClock
    far_end: ScriptedTransport
    news: list[datetime] = field(default_factory=list)

    def lane(self, settings: LaneSettings = SETTINGS) -> Lane:
        self.database.on_due = lambda: self.news.append(self.clock.now())
        return lane_of(self.far_end, self.database, self.clock, settings=settings)

    async def seal(self, count: int) -> None:
        """Seal so many letters whose first mails are due now."""
        await seal_letters(self.database, self.clock, count)
        self.clock.advance(DAY_7)

    async def mails(self) -> list[sqlite3.Row]:
        """Return the rows of the first mails."""
        return await self.database.reader.all(
            "SELECT * FROM deliveries WHERE channel = 'email' AND day = 7 ORDER BY id"
        )

    async def mail(self) -> sqlite3.Row:
        """Return the row of the only first mail."""
        [row] = await self.mails()
        return row

    async def notes(self, kind: str) -> list[sqlite3.Row]:
        return await self.database.reader.all(
            "SELECT * FROM deliveries WHERE kind = :kind ORDER BY id", kind=kind
        )


@pytest.fixture
def post(database: Database, clock: ManualClock) -> Post:
    return Post(database=database, clock=clock, far_end=ScriptedTransport(Channel.EMAIL))


# ---- Claiming and sending ----


async def test_a_mail_whose_mailbox_is_stopped_once_it_is_claimed_is_claimed_again_at_once(
    post: Post,
) -> None:
    await post.seal(1)
    async with post.database.transaction() as tx:
        claimed = await one_claim.claim(tx, Channel.EMAIL, post.clock.now(), LEASE)
    assert claimed is not None
    assert claimed.mail_to is not None
    key = mailbox_key(post.database.reader.vault, claimed.mail_to.address)
    async with post.database.transaction() as tx:
        await suppressions.suppress(tx, key, post.clock.now())
        assert not await one_claim.mark_in_flight(tx, claimed)
    assert (await post.mail())["state"] == "retry"
    async with post.database.transaction() as tx:
        again = await one_claim.claim(tx, Channel.EMAIL, post.clock.now(), LEASE)
    assert again is not None
    assert again.mail_to is not None
    assert again.mail_to.suppressed


async def test_what_is_due_goes_out_the_longest_due_first_and_nothing_else(
    post: Post,
) -> None:
    await seal_letters(post.database, post.clock, 2)
    post.clock.advance(DAY_7 - MINUTE)
    lane = post.lane()
    await lane.drain()
    assert post.far_end.attempts == []
    post.clock.advance(MINUTE)
    await lane.drain()
    assert [each.due_at for each in post.far_end.arrived] == [post.clock.now()] * 2
    rows = await post.mails()
    assert [row["state"] for row in rows] == ["sent", "sent"]
    assert [row["id"] for row in rows] == [each.id for each in post.far_end.arrived]
    assert post.news == []


async def test_a_look_that_finds_nothing_due_tells_when_something_will_be(post: Post) -> None:
    due_at = post.clock.now() + DAY_7
    await seal_letters(post.database, post.clock, 2)
    told: list[datetime] = []
    lane = post.lane()
    lane.on_next_due = told.append
    await lane.drain()
    assert told == [due_at]
    post.clock.advance(DAY_7)
    await lane.drain()
    assert len(post.far_end.arrived) == 2
    assert set(told[1:]) == {due_at + timedelta(days=23)}


async def test_a_lane_touches_nothing_of_another_channels(post: Post) -> None:
    await post.seal(1)
    await post.lane().drain()
    assert {each.channel for each in post.far_end.arrived} == {Channel.EMAIL}
    rows = await post.database.reader.all("SELECT state FROM deliveries WHERE channel = 'chat'")
    assert [row["state"] for row in rows] == ["due", "due"]


async def test_a_far_end_may_let_go_of_idle_things_once_a_round(post: Post) -> None:
    lane = post.lane()
    await lane.drain()
    await lane.drain()
    assert post.far_end.rests == 2
    await lane.close()
    assert post.far_end.closed


async def test_no_more_are_on_their_way_than_there_are_workers(post: Post) -> None:
    await post.seal(5)
    gate = Gate()
    post.far_end.answers.extend([Answer(gate=gate)] * 5)
    lane = post.lane(LaneSettings(attempts=3))
    drain = asyncio.create_task(lane.drain())
    await gate.reached(3)
    states = [row["state"] for row in await post.mails()]
    assert sorted(states) == ["due", "due", "in_flight", "in_flight", "in_flight"]
    gate.release()
    await drain
    assert {row["state"] for row in await post.mails()} == {"sent"}


async def test_many_are_claimed_and_no_more_are_in_flight_than_may_come_twice(post: Post) -> None:
    await post.seal(12)
    gate = Gate()
    post.far_end.answers.extend([Answer(gate=gate)] * 12)
    post.far_end.under_way = post.far_end.claimed_together = 9
    post.far_end.at_once = 4  # one place is left to what is no reminder
    drain = asyncio.create_task(post.lane(LaneSettings()).drain())
    await gate.reached(3)
    states = Counter(row["state"] for row in await post.mails())
    assert states == {"in_flight": 3, "claimed": 6, "due": 3}
    gate.release()
    await drain
    assert {row["state"] for row in await post.mails()} == {"sent"}
    assert len(post.far_end.arrived) == 12


async def test_what_is_due_together_is_claimed_in_one_transaction(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.seal(9)
    numbers: list[int] = []
    claim = claims.claim

    async def counted(*args: Any, **kwargs: Any) -> list[Delivery]:
        claimed: list[Delivery] = await claim(*args, **kwargs)
        numbers.append(len(claimed))
        return claimed

    monkeypatch.setattr(claims, "claim", counted)
    post.far_end.under_way = post.far_end.claimed_together = 9
    await post.lane(LaneSettings()).drain()
    assert numbers[0] == 9
    assert len({each.id for each in post.far_end.arrived}) == 9


async def test_what_waits_to_be_sent_when_the_lane_comes_to_a_stand_is_as_if_never_claimed(
    post: Post,
) -> None:
    await post.seal(6)
    post.far_end.at_once, post.far_end.under_way = 1, 6
    post.far_end.claimed_together = 6
    post.far_end.answers.append(fails(LOGIN_REFUSED))
    await post.lane(LaneSettings()).drain()
    assert len(post.far_end.attempts) == 1
    rows = [(row["state"], row["attempt"]) for row in await post.mails()]
    assert rows == [("retry", 1)] + [("retry", 0)] * 5


async def test_a_stopped_lane_gives_back_what_it_had_not_begun(post: Post) -> None:
    await post.seal(3)
    post.far_end.at_once, post.far_end.under_way = 1, 3
    post.far_end.claimed_together = 3
    gate = post.far_end.hold()
    lane = post.lane(LaneSettings())
    drain = asyncio.create_task(lane.drain())
    await gate.reached()
    lane.stop()
    gate.release()
    await drain
    rows = [(row["state"], row["attempt"]) for row in await post.mails()]
    assert rows == [("sent", 1), ("retry", 0), ("retry", 0)]


async def test_a_claim_lasts_as_long_as_its_lease(post: Post) -> None:
    await post.seal(1)
    gate = post.far_end.hold()
    drain = asyncio.create_task(post.lane().drain())
    await gate.reached()
    assert from_text((await post.mail())["lease_until"]) == post.clock.now() + LEASE
    gate.release()
    await drain
    assert (await post.mail())["lease_until"] is None


async def test_a_lane_that_is_stopped_ends_what_it_began_and_begins_nothing(
    post: Post,
) -> None:
    await post.seal(3)
    gate = post.far_end.hold()
    lane = post.lane()
    drain = asyncio.create_task(lane.drain())
    await gate.reached()
    lane.stop()
    gate.release()
    await drain
    assert [row["state"] for row in await post.mails()] == ["sent", "due", "due"]
    await lane.drain()
    assert len(post.far_end.attempts) == 1


# ---- Ends of an attempt ----


@pytest.mark.parametrize(("comes_to_send", "doubts"), [(False, 0), (True, 1)])
async def test_a_fault_of_ours_is_a_failure_and_in_doubt_once_bytes_left(
    post: Post, caplog: pytest.LogCaptureFixture, *, comes_to_send: bool, doubts: int
) -> None:
    await post.seal(2)
    slip = Answer(outcome=KeyError("me@example.com"), arrives=False, comes_to_send=comes_to_send)
    post.far_end.answers.append(slip)
    await post.lane().drain()
    first, second = await post.mails()
    assert (first["state"], first["reason"]) == ("retry", "error-KeyError")
    assert (first["failures"], first["doubts"]) == (1, doubts)
    assert second["state"] == "sent"
    [line] = log_lines(caplog, logging.ERROR)
    about = f"channel=email delivery={first['id']} kind=reminder attempt=1"
    assert line.startswith(f'event="an attempt failed by a fault of ours" {about} ')
    assert "me@example.com" not in line


async def test_an_attempt_that_is_no_longer_ours_is_left_to_whoever_has_it(
    post: Post,
) -> None:
    await post.seal(1)
    given_up = Answer(outcome=Abandoned(), arrives=False, comes_to_send=False)
    post.far_end.answers.append(given_up)
    lane = post.lane()
    await lane.drain()
    assert ((await post.mail())["state"], (await post.mail())["attempt"]) == ("claimed", 1)
    post.clock.advance(LEASE)
    await lane.drain()
    row = await post.mail()
    assert (row["state"], row["attempt"], row["doubts"]) == ("sent", 2, 0)


async def all_wait() -> None:
    """Let every task go on until it waits for what only another gives."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_end_is_written_before_whatever_else_waits_for_the_store(post: Post) -> None:
    await post.seal(1)
    gate = post.far_end.hold()
    drain = asyncio.create_task(post.lane().drain())
    await gate.reached()
    left_in_doubt = []

    async def look() -> None:
        async with post.database.transaction() as tx:
            under_way = await tx.all("SELECT id FROM deliveries WHERE state = 'in_flight'")
            left_in_doubt.append(len(under_way))

    async with post.database.transaction():
        others = [asyncio.create_task(look()) for _ in range(3)]
        await all_wait()
        gate.release()
        await all_wait()
    await asyncio.gather(*others, drain)
    assert left_in_doubt == [0, 0, 0]


async def test_an_end_the_store_did_not_take_is_logged_and_written_without_another_attempt(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.seal(1)
    gate, lane = post.far_end.hold(), post.lane()
    drain = asyncio.create_task(lane.drain())
    await gate.reached()
    writer = FailingWriter(post.database)
    writer.fails = lambda _: True
    gate.release()
    await drain
    about = "channel=email error=OperationalError"
    assert log_lines(caplog) == [f'event="the lane waits for the store" {about}']
    assert (await post.mail())["state"] == "in_flight"
    writer.heal()
    await lane.drain()
    assert ((await post.mail())["state"], len(post.far_end.attempts)) == ("sent", 1)


async def test_an_end_that_comes_too_late_changes_nothing_and_is_logged(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.seal(1)
    refused = Refused(reason="smtp-550@rcpt", blame=Blame.ADDRESS)
    gate = post.far_end.hold(Answer(outcome=refused, arrives=False))
    drain = asyncio.create_task(post.lane().drain())
    await gate.reached()
    async with post.database.transaction() as tx:
        await tx.run("UPDATE deliveries SET attempt = attempt + 1 WHERE state = 'in_flight'")
    before = tuple(await post.mail())
    gate.release()
    await drain
    assert tuple(await post.mail()) == before
    assert post.news == []
    assert await post.notes(AddressRefused.kind) == []
    about = f"channel=email delivery={before[0]} kind=reminder attempt=1"
    assert log_lines(caplog) == [f'event="an attempt came too late" {about}']


async def test_of_a_fault_the_operator_is_told_though_the_delivery_that_met_it_is_gone(
    post: Post,
) -> None:
    await post.seal(1)
    gate = post.far_end.hold(Answer(outcome=LOGIN_REFUSED, arrives=False))
    drain = asyncio.create_task(post.lane().drain())
    await gate.reached()
    async with post.database.transaction() as tx:
        await tx.run("DELETE FROM deliveries WHERE state = 'in_flight'")
    gate.release()
    await drain
    assert len(await post.notes(LaneDown.kind)) == 1
    assert len(post.news) == 1


async def test_a_refusal_is_settled_told_and_news(post: Post) -> None:
    await post.seal(1)
    refused = Refused(reason="stopped", blame=Blame.ADDRESS, clarity=Clarity.CERTAIN)
    post.far_end.answers.append(Answer(outcome=refused, arrives=False))
    await post.lane().drain()
    row = await post.mail()
    assert (row["state"], row["reason"]) == ("failed", refused.reason)
    assert len(await post.notes(AddressStopped.kind)) == 1
    assert post.news == [post.clock.now()]


async def test_a_retry_waits_by_the_policy_without_holding_up_the_lane(post: Post) -> None:
    await post.seal(2)
    post.far_end.answers.append(after(None))
    await post.lane().drain()
    first, second = await post.mails()
    assert (first["state"], first["failures"]) == ("retry", 1)
    wait = from_text(first["next_at"]) - post.clock.now()
    assert timedelta(minutes=4.5) <= wait <= timedelta(minutes=5.5)
    assert second["state"] == "sent"
    assert post.news == []


# ---- A far end that asks for a pause ----


@pytest.mark.parametrize("seconds", [1, 60])
async def test_a_short_pause_is_waited_out_by_the_lane_itself(post: Post, seconds: int) -> None:
    await post.seal(2)
    post.far_end.answers.append(after(timedelta(seconds=seconds)))
    drain = asyncio.create_task(post.lane().drain())
    await post.clock.asleep()
    assert len(post.far_end.attempts) == 1
    post.clock.advance(timedelta(seconds=seconds - 0.5))
    assert not drain.done()
    post.clock.advance(timedelta(seconds=0.5))
    await drain
    first, second = await post.mails()
    assert (first["state"], first["failures"], first["attempt"]) == ("sent", 0, 2)
    assert second["state"] == "sent"


async def test_a_longer_pause_ends_the_round_and_the_next_keeps_to_it(post: Post) -> None:
    await post.seal(2)
    post.far_end.answers.append(after(timedelta(seconds=61)))
    lane = post.lane()
    await lane.drain()
    post.clock.advance(MINUTE)
    drain = asyncio.create_task(lane.drain())
    await post.clock.asleep()
    assert len(post.far_end.attempts) == 1
    post.clock.advance(timedelta(seconds=1))
    await drain
    assert {row["state"] for row in await post.mails()} == {"sent"}


# ---- A lane in trouble ----


async def test_a_fault_of_the_lanes_uses_nothing_up_and_stops_the_round(post: Post) -> None:
    await post.seal(3)
    post.far_end.answers.append(fails(LaneFault(reason="smtp-dropped@greeting")))
    lane = post.lane()
    await lane.drain()
    assert len(post.far_end.attempts) == 1
    first, *others = await post.mails()
    assert (first["state"], first["failures"], first["doubts"]) == ("retry", 0, 0)
    assert first["reason"] == "smtp-dropped@greeting"
    assert from_text(first["next_at"]) == post.clock.now() + MINUTE
    assert [row["state"] for row in others] == ["due", "due"]
    assert await post.notes(LaneDown.kind) == []
    assert post.news == []

    post.clock.advance(MINUTE)
    await lane.drain()
    assert {row["state"] for row in await post.mails()} == {"sent"}
    assert await post.notes(LaneMended.kind) == []


async def test_the_operator_is_told_of_a_fault_to_mend_and_of_its_end(post: Post) -> None:
    await post.seal(1)
    post.far_end.answers.extend([fails(LOGIN_REFUSED)] * 2)
    lane = post.lane()
    await lane.drain()
    [down] = await post.notes(LaneDown.kind)
    number = (await post.mail())["id"]
    assert down["key"] == f"lane-down:{number}:1"
    assert (down["channel"], down["person_id"]) == ("chat", OPERATOR)
    assert params_of(down, post.database.reader.vault) == {
        "channel": "email",
        "reason": LOGIN_REFUSED.reason,
        "cause": Cause.LOGIN,
        "words": "no, …@…",
    }
    assert from_text(down["due_at"]) == post.clock.now()
    assert len(post.news) == 1

    post.clock.advance(MINUTE)
    await lane.drain()
    assert len(await post.notes(LaneDown.kind)) == 1
    assert len(post.news) == 1

    post.clock.advance(2 * MINUTE)
    await lane.drain()
    [mended] = await post.notes(LaneMended.kind)
    assert mended["key"] == f"lane-mended:{number}:3"
    assert params_of(mended, post.database.reader.vault) == {"channel": "email"}
    assert len(post.news) == 2


async def test_a_refusal_for_one_alone_mends_a_lane_as_well(post: Post) -> None:
    await post.seal(1)
    refused = Refused(reason="smtp-550@rcpt", blame=Blame.CONTENT)
    post.far_end.answers.extend([fails(LOGIN_REFUSED), Answer(outcome=refused, arrives=False)])
    lane = post.lane()
    await lane.drain()
    post.clock.advance(MINUTE)
    await lane.drain()
    assert lane.health.trouble is None
    assert len(await post.notes(LaneMended.kind)) == 1


async def test_a_fault_that_others_do_not_have_becomes_the_deliverys_own(post: Post) -> None:
    await post.seal(2)
    post.far_end.answers.append(fails(ONE_REFUSED))
    lane = post.lane()
    await lane.drain()
    post.clock.advance(MINUTE)
    post.far_end.answers.append(fails(ONE_REFUSED))
    await lane.drain()
    first, second = await post.mails()
    assert second["state"] == "sent"
    assert (first["state"], first["reason"]) == ("failed", ONE_REFUSED.reason)
    assert len(await post.notes(MailGivenUp.kind)) == 1
    assert lane.health.trouble is None


async def test_a_fault_that_several_have_is_the_lanes_and_not_theirs(post: Post) -> None:
    await post.seal(3)
    lane = post.lane()
    post.far_end.answers.extend([fails(ONE_REFUSED)] * 3)
    await lane.drain()
    assert [row["state"] for row in await post.mails()] == ["retry", "retry", "due"]
    assert lane.health.trouble == ONE_REFUSED.reason
    assert lane.health.held_for > 0


async def test_the_log_tells_of_a_lane_that_stands_still_and_that_it_goes_on(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.seal(1)
    post.far_end.answers.extend([fails(LOGIN_REFUSED)] * 2)
    lane = post.lane()
    for _ in range(3):
        await lane.drain()
        post.clock.advance(5 * MINUTE)
    assert log_lines(caplog) == [
        'event="the lane stands still" channel=email reason=smtp-535@auth cause=login',
        'event="the lane goes on" channel=email',
    ]


async def test_the_log_tells_what_was_not_sent_and_why_and_of_the_rest_when_asked(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    await post.seal(1)
    post.far_end.answers.append(after(None))
    lane = post.lane()
    await lane.drain()
    post.clock.advance(timedelta(hours=1))
    await lane.drain()
    about = f"channel=email delivery={(await post.mail())['id']} kind=reminder"
    put_off = f'event="a delivery was not sent" {about} attempt=1 state=retry reason=later'
    assert log_lines(caplog, logging.INFO) == [put_off]
    assert f'event="a delivery was sent" {about} attempt=2' in log_lines(caplog, logging.DEBUG)


async def test_the_log_is_silent_of_what_waits_for_its_chats_turn(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """A person with two letters of the same hour hears the second a second later."""
    caplog.set_level(logging.DEBUG, "bot")
    await post.seal(1)
    waits = Later(reason="telegram-chat-waits", after=timedelta(seconds=1), alone=True)
    post.far_end.answers.append(fails(waits))
    await post.lane().drain()
    assert log_lines(caplog, logging.INFO) == []
    assert "reason=telegram-chat-waits" in "".join(log_lines(caplog, logging.DEBUG))


# ---- What others left behind ----


async def test_a_claim_whose_worker_is_gone_is_taken_over_when_its_lease_ends(
    post: Post,
) -> None:
    await post.seal(1)
    await _claim(post)
    lane = post.lane()
    post.clock.advance(LEASE - timedelta(seconds=1))
    await lane.drain()
    assert post.far_end.attempts == []
    post.clock.advance(timedelta(seconds=1))
    await lane.drain()
    row = await post.mail()
    assert (row["state"], row["attempt"], row["doubts"]) == ("sent", 2, 0)


async def test_what_was_lost_in_flight_is_sent_once_more_and_then_told(post: Post) -> None:
    await post.seal(1)
    ends = [("retry", "lost-in-flight"), ("failed", IN_DOUBT)]
    for doubts, end in enumerate(ends, 1):
        await _claim(post, comes_to_send=True)
        post.clock.advance(LEASE)
        await post.lane()._attempts.take_over(LEASE)
        row = await post.mail()
        assert (row["state"], row["reason"]) == end
        assert (row["doubts"], row["failures"]) == (doubts, 0)
    assert len(await post.notes(MailInDoubt.kind)) == 1
    assert post.far_end.attempts == []


async def test_what_another_worker_has_in_flight_is_its_own_until_its_lease_ends(
    post: Post,
) -> None:
    await post.seal(1)
    await _claim(post, comes_to_send=True)
    lane = post.lane()
    post.clock.advance(LEASE - timedelta(seconds=1))
    await lane.drain()
    row = await post.mail()
    assert (row["state"], row["attempt"], row["doubts"]) == ("in_flight", 1, 0)
    post.clock.advance(timedelta(seconds=1))
    await lane.drain()
    row = await post.mail()
    assert (row["state"], row["attempt"], row["doubts"]) == ("sent", 2, 1)


@pytest.mark.parametrize("state", ["claimed", "in_flight"])
async def test_a_lane_takes_over_nothing_of_another_channels(post: Post, state: str) -> None:
    await post.seal(1)
    async with post.database.transaction() as tx:
        claimed = await one_claim.claim(tx, Channel.CHAT, post.clock.now(), LEASE)
        assert claimed is not None
        assert state == "claimed" or await one_claim.mark_in_flight(tx, claimed)
    post.clock.advance(LEASE)
    await post.lane().drain()
    [chat] = await post.database.reader.all(
        "SELECT state, attempt FROM deliveries WHERE channel = 'chat' AND day = 7"
    )
    assert tuple(chat) == (state, 1)


async def test_what_is_still_being_sent_is_not_taken_over_however_long_it_takes(
    post: Post,
) -> None:
    await post.seal(1)
    gate = post.far_end.hold()
    lane = post.lane()
    drain = asyncio.create_task(lane.drain())
    await gate.reached()
    post.clock.advance(2 * LEASE)
    await lane._attempts.take_over(LEASE)
    assert ((await post.mail())["state"], (await post.mail())["doubts"]) == ("in_flight", 0)
    gate.release()
    await drain
    row = await post.mail()
    assert (row["state"], row["attempt"], len(post.far_end.attempts)) == ("sent", 1, 1)


async def test_what_was_broken_off_is_taken_over_by_the_lane_that_broke_it_off(
    post: Post,
) -> None:
    await post.seal(1)
    gate = post.far_end.hold()
    lane = post.lane()
    drain = asyncio.create_task(lane.drain())
    await gate.reached()
    drain.cancel()
    await asyncio.wait([drain])
    post.clock.advance(LEASE)
    await lane.drain()
    row = await post.mail()
    assert (row["state"], row["attempt"], row["doubts"]) == ("sent", 2, 1)


async def test_a_retry_that_a_clock_put_back_left_far_ahead_goes_at_once(post: Post) -> None:
    await post.seal(1)
    post.far_end.answers.append(after(None))
    post.clock.advance(timedelta(days=40))
    lane = post.lane()
    await lane.drain()
    post.clock.set(post.clock.now() - timedelta(days=40))
    await lane.drain()
    assert ((await post.mail())["state"], (await post.mail())["attempt"]) == ("sent", 2)


async def test_a_retry_that_the_policy_may_have_set_waits_its_time(post: Post) -> None:
    await post.seal(1)
    lane = post.lane()
    async with post.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'retry', next_at = :late WHERE channel = 'email'",
            late=(post.clock.now() + SETTINGS.policy.longest).isoformat(timespec="microseconds"),
        )
    await lane.drain()
    assert post.far_end.attempts == []


async def _claim(post: Post, *, comes_to_send: bool = False) -> None:
    """Claim what is due, as a worker that isn't heard of again."""
    async with post.database.transaction() as tx:
        delivery = await one_claim.claim(tx, Channel.EMAIL, post.clock.now(), LEASE)
        assert delivery is not None
        if comes_to_send:
            assert await one_claim.mark_in_flight(tx, delivery)


class Answering(Precedence):
    """Has whoever gives way wait at a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()

    async def give_way(self) -> None:
        """Wait at the gate."""
        await self.gate.pass_through()


async def test_no_attempt_is_begun_before_people_are_answered(post: Post) -> None:
    await post.seal(1)
    answering = Answering()
    lane = lane_of(post.far_end, post.database, post.clock, settings=SETTINGS, precedence=answering)
    draining = asyncio.create_task(lane.drain())
    await answering.gate.reached()
    assert (await post.mail())["state"] == "claimed"
    assert not post.far_end.attempts
    answering.gate.release()
    await draining
    assert (await post.mail())["state"] == "sent"
