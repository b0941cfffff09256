# SPDX-License-Identifier: Apache-2.0
"""Jobs run when their time has come; one that removes by age does not trust a clock that jumped."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mailward.contract.job import Job, JobTools
from mailward.kit.clock import HeldClock
from mailward.kit.database.steady import HOLD
from mailward.main.schedule import Schedule

pytestmark = pytest.mark.postgresql
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    return HeldClock(AT)


@pytest.fixture
def run(database, clock):
    """Ask the schedule to run a job now, after the clock moved."""
    name, ran = f"purge {uuid4()}", []

    async def note(_):
        ran.append(clock.now())

    async def run(*, removes=True, **moved):
        clock.at += timedelta(**moved)
        job = Job(name=name, every=timedelta(hours=1), run=note, removes=removes)
        before = len(ran)
        done = await Schedule([job], JobTools(database, None, clock)).once(job)
        assert len(ran) - before == done
        return done

    return run


async def test_many_jobs_do_not_wait_for_each_others_connections(database, clock):
    ran = []

    async def work(_):
        async with database.unscoped() as connection:
            ran.append(await connection.fetchval("SELECT 1"))

    jobs = [Job(name=f"many {number}", every=timedelta(hours=1), run=work) for number in range(30)]
    schedule = Schedule(jobs, JobTools(database, None, clock))
    assert await asyncio.gather(*(schedule.once(job) for job in jobs)) == [True] * 30
    assert ran == [1] * 30


async def test_a_steady_clock_is_trusted(run):
    assert [await run(hours=hours) for hours in (0, 1, 1, 23)] == [True] * 4


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(days=-2)])
async def test_after_a_jump_nothing_is_removed_for_a_day(run, jump):
    assert await run()
    assert not await run(seconds=jump.total_seconds())
    assert [await run(hours=6) for _ in range(4)] == [False, False, False, True]
    assert timedelta(hours=24) == HOLD


async def test_a_clock_set_right_again_waits_too(run):
    assert await run()
    assert not await run(days=3650)
    assert not await run(days=-3650)
    assert not await run(hours=23)
    assert await run(hours=1)


async def test_what_removes_nothing_runs_at_any_time(run):
    assert await run(removes=False)
    assert await run(removes=False, days=3650)
