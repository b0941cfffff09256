# SPDX-License-Identifier: Apache-2.0
"""The numbers of a period, and the steps of its chart."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mailward.contract.event import Status
from mailward.contract.finding import Verdict
from mailward.kit.clock import HeldClock
from mailward.records.reports.service import Reports
from mailward.records.reports.shapes import Period
from tenants import Mail

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 24, 12, 34, tzinfo=UTC)


async def nobody_waits(_connection):
    return 0, None


@pytest.fixture
def reports(database):
    return Reports(database, HeldClock(NOW), waiting=nobody_waits)


@pytest.mark.parametrize(
    ("period", "first", "step", "steps"),
    [
        (Period.DAY, "2026-11-23T12:00", timedelta(hours=1), 25),
        (Period.WEEK, "2026-11-17T12:00", timedelta(hours=6), 29),
        (Period.MONTH, "2026-10-25T00:00", timedelta(days=1), 31),
    ],
)
async def test_the_chart_has_every_step_also_the_empty_ones(reports, tenant, period, first, step, steps):
    await tenant.receive(Mail(at=NOW - timedelta(minutes=1)))
    overview = await reports.overview(tenant.id, period)
    times = [point.at for point in overview.series]
    assert times[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert len(times) == steps
    assert {later - earlier for earlier, later in pairwise(times)} == {step}
    assert [point.phishing for point in overview.series] == [0] * (steps - 1) + [1]


async def test_an_organization_without_mail_has_an_overview_too(reports, tenant):
    overview = await reports.overview(tenant.id, Period.WEEK)
    assert overview.totals.received == overview.previous.received == 0
    assert overview.top_reasons == overview.top_senders == []
    assert (overview.queue.waiting, overview.queue.oldest_seconds) == (0, 0)


async def test_the_period_before_is_counted_beside(reports, tenant):
    for hours in (1, 25, 26, 49):
        await tenant.receive(Mail(at=NOW - timedelta(hours=hours)))
    overview = await reports.overview(tenant.id, Period.DAY)
    assert (overview.totals.received, overview.previous.received) == (1, 2)


async def test_clean_and_refused_mail_names_no_top_sender(reports, tenant):
    await tenant.receive(Mail(at=NOW, verdict=Verdict.CLEAN, reasons=(), status=Status.DELIVERED, sender="a@ok.test"))
    await tenant.receive(Mail(at=NOW - timedelta(hours=1), status=Status.REJECTED, sender="b@no.test"))
    await tenant.receive(Mail(at=NOW - timedelta(hours=1), recipients=("x@example.test", "y@example.test")))
    overview = await reports.overview(tenant.id, Period.DAY)
    assert [(top.sender, top.count) for top in overview.top_senders] == [("eve@evil.test", 2)]
    assert overview.top_reasons[0].text == "The sender is known"
