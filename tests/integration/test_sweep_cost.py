"""What a sweep costs depends on what is due, not on what is stored."""

import re
from datetime import timedelta

import pytest

from bot.letters import Channel
from bot.store import claims, deliveries, leases
from tests.support import one_claim
from tests.support.counted_steps import counted
from tests.support.delivery_side import Lanes
from tests.support.sealed_letters import seal_crowd

STATEMENTS = {
    "claim": claims.CLAIM,
    "claim others": claims.CLAIM_OTHERS,
    "next due": claims.NEXT_DUE,
    "next due of others": claims.NEXT_DUE_OTHER,
    "release": claims.RELEASE,
    "probe": claims.PROBE,
    "mark": claims.MARK,
    "settle": claims.SETTLE,
    "claimed": deliveries.CLAIMED,
    "left behind": leases.IS_LEFT_BEHIND,
    "rescue": leases.RESCUE_CLAIMS,
    "lost": leases.LOST_IN_FLIGHT,
    "forward": leases.BRING_FORWARD,
}
PLANS = {
    "claim": {
        "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH deliveries USING INDEX deliveries_waiting (channel=? AND next_at<?)",
    },
    "claim others": {
        "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH deliveries USING INDEX deliveries_before_reminders (channel=? AND next_at<?)",
    },
    "next due": {"SEARCH deliveries USING INDEX deliveries_waiting (channel=?)"},
    "next due of others": {"SEARCH deliveries USING INDEX deliveries_before_reminders (channel=?)"},
    "probe": {
        "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH deliveries USING INDEX deliveries_waiting (channel=? AND next_at<?)",
    },
    "left behind": {
        "SCAN deliveries USING INDEX deliveries_leased",
        "SEARCH deliveries USING INDEX deliveries_retrying (channel=? AND next_at>?)",
    },
    "rescue": {"SCAN deliveries USING INDEX deliveries_leased"},
    "lost": {"SCAN deliveries USING INDEX deliveries_leased"},
    "forward": {"SEARCH deliveries USING INDEX deliveries_retrying (channel=? AND next_at>?)"},
}
LEASE = timedelta(minutes=10)
FEW, MANY = 100, 10_000  # letters, each with two deliveries
OF_FEW = "SCAN (subquery"  # what a query of its own found, whose steps stand in the plan too


@pytest.mark.parametrize("name", PLANS)
async def test_a_statement_of_the_sweep_goes_by_its_partial_index(lanes: Lanes, name: str) -> None:
    plan = await plan_of(lanes, STATEMENTS[name])
    # Which index covers what differs between versions of SQLite.
    steps = {step.replace("COVERING INDEX", "INDEX") for step in plan if "deliveries" in step}
    assert steps == PLANS[name]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_statement_of_the_sweep_walks_a_whole_table(lanes: Lanes, name: str) -> None:
    plan = await plan_of(lanes, STATEMENTS[name])
    walks = [step for step in plan if step.startswith("SCAN") and not step.startswith(OF_FEW)]
    assert all("deliveries_leased" in step or "json_each" in step for step in walks)


async def test_a_sweep_costs_the_same_over_a_hundred_letters_and_ten_thousand(
    lanes: Lanes,
) -> None:
    costs = {}
    for stored in (FEW, MANY):
        await fill(lanes, stored)
        async with counted(lanes.database) as steps:
            await lanes.sweep()
        costs[stored] = steps.value
    assert costs[FEW] > 0
    assert costs[MANY] <= costs[FEW] * 1.2


async def test_what_is_due_costs_the_same_each_over_a_hundred_letters_and_ten_thousand(
    lanes: Lanes,
) -> None:
    costs = {}
    for stored in (FEW, MANY):
        await fill(lanes, stored)
        async with lanes.database.transaction() as tx:
            await tx.run(
                "UPDATE deliveries SET state = 'due', next_at = '2000' WHERE letter_id <= 5"
            )
        async with counted(lanes.database) as steps:
            claimed = 0
            for channel in Channel:
                async with lanes.database.transaction() as tx:
                    while await one_claim.claim(
                        tx, channel, lanes.clock.now(), timedelta(minutes=10)
                    ):
                        claimed += 1
        assert claimed == 10
        costs[stored] = steps.value
    assert costs[MANY] <= costs[FEW] * 1.2


async def fill(lanes: Lanes, letters: int) -> None:
    """Leave so many letters in the store: half of them sent, half waiting for their day."""
    lanes.go_only_when_swept()
    async with lanes.database.transaction() as tx:
        for table in ("deliveries", "letters", "addresses", "people"):
            await tx.run(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        await seal_crowd(tx, letters, sealed_at=lanes.clock.now())
        await tx.run(
            "UPDATE deliveries SET state = 'sent', sent_at = due_at WHERE letter_id <= :half",
            half=letters // 2,
        )


async def plan_of(lanes: Lanes, sql: str) -> list[str]:
    values = dict.fromkeys(re.findall(r":(\w+)", sql), "")
    rows = await lanes.database.reader.all(f"EXPLAIN QUERY PLAN {sql}", **values)
    return [row["detail"] for row in rows]
