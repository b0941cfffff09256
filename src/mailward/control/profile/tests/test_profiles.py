# SPDX-License-Identifier: Apache-2.0
"""Signing in: by password, by link, and not by guessing."""

import asyncio
import hashlib
import statistics
import time
from datetime import timedelta

import pytest

from mailward.control.profile.passwords import BadPassword, Passwords, TooBusy
from mailward.control.profile.service import AccountExists, Profiles, Throttled, create_account
from mailward.kit.clock import Clock, HeldClock
from mailward.kit.throttle import MAX_BUCKETS, Buckets
from tenants import CHEAP, PASSWORD

pytestmark = pytest.mark.postgresql


@pytest.fixture
def clock():
    return HeldClock(Clock().now())


@pytest.fixture
def profiles(database, clock):
    return Profiles(database, clock, CHEAP)


async def sign_in(profiles, tenant, password=PASSWORD, **options):
    return await profiles.sign_in(email=tenant.email, password=password, client_ip="192.0.2.1", **options)


async def test_the_right_password_opens_a_session_and_only_its_hash_is_stored(profiles, tenant):
    opened = await sign_in(profiles, tenant)
    session = await profiles.session(opened.token)
    assert session.principal.email == tenant.email
    assert session.principal.organization_id == tenant.id
    assert session.vouches_for(opened.csrf)
    assert not session.vouches_for(opened.token)
    stored = await tenant.value("SELECT string_agg(s::text, '') FROM sessions s")
    assert hashlib.sha256(opened.token.encode()).hexdigest() in stored
    assert opened.token not in stored
    assert opened.csrf not in stored


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", "x" * 5000, "\ud800", "a\0b"])
async def test_any_other_password_does_not(profiles, tenant, password):
    assert await sign_in(profiles, tenant, password) is None


@pytest.mark.parametrize("email", ["nobody@x.test", "", "\0", "\ud800@x.test", "' OR 1=1 --"])
async def test_an_unknown_account_is_no_account(profiles, email):
    assert await profiles.sign_in(email=email, password=PASSWORD, client_ip="192.0.2.1") is None


async def test_the_address_may_be_written_in_capitals(profiles, tenant):
    assert await profiles.sign_in(email=f" {tenant.email.upper()} ", password=PASSWORD, client_ip="192.0.2.1")


async def test_signing_in_again_ends_the_session_before(profiles, tenant):
    first = await sign_in(profiles, tenant)
    second = await sign_in(profiles, tenant, instead_of=first.token)
    assert first.token != second.token
    assert await profiles.session(first.token) is None
    assert await profiles.session(second.token)
    await profiles.sign_out(second.token)
    assert await profiles.session(second.token) is None


async def test_another_password_ends_all_sessions(profiles, tenant):
    opened = await sign_in(profiles, tenant)
    await profiles.set_password(tenant.id, opened.principal.account_id, "another good one")
    assert await profiles.session(opened.token) is None
    assert await sign_in(profiles, tenant) is None
    assert await sign_in(profiles, tenant, "another good one")


async def test_a_link_signs_in_once(profiles, tenant):
    account = (await sign_in(profiles, tenant)).principal.account_id
    path = await profiles.make_link(tenant.id, account, next_path="/console/messages/7?tab=reasons")
    token = path.removeprefix("/sign-in/")
    answers = await asyncio.gather(*(profiles.sign_in_by_link(token, client_ip="") for _ in range(5)))
    (opened,) = [answer for answer in answers if answer is not None]
    assert opened.next_path == "/console/messages/7?tab=reasons"
    assert opened.principal.email == tenant.email
    assert await profiles.sign_in_by_link(token, client_ip="") is None


async def test_a_link_is_over_after_ten_minutes(profiles, tenant, clock):
    account = (await sign_in(profiles, tenant)).principal.account_id
    token = (await profiles.make_link(tenant.id, account)).removeprefix("/sign-in/")
    clock.at += timedelta(minutes=10, seconds=1)
    assert await profiles.sign_in_by_link(token, client_ip="") is None


@pytest.mark.parametrize("path", ["https://evil.test/", "//evil.test", "/console//evil.test", "/console/\n", "/other"])
async def test_a_link_leads_to_the_console_only(profiles, tenant, path):
    with pytest.raises(ValueError, match="below /console/"):
        await profiles.make_link(tenant.id, tenant.id, next_path=path)


async def test_guessing_is_slowed_down_per_account(profiles, tenant, clock):
    for number in range(20):
        assert await profiles.sign_in(email=tenant.email, password="no", client_ip=f"192.0.2.{number}") is None
    with pytest.raises(Throttled) as caught:
        await profiles.sign_in(email=tenant.email, password=PASSWORD, client_ip="198.51.100.1")
    assert 0 < caught.value.seconds <= 15
    clock.at += timedelta(seconds=caught.value.seconds)
    assert await profiles.sign_in(email=tenant.email, password=PASSWORD, client_ip="198.51.100.1")


async def test_guessing_is_slowed_down_per_address(profiles):
    for number in range(40):
        assert await profiles.sign_in(email=f"a{number}@x.test", password="no", client_ip="192.0.2.1") is None
    with pytest.raises(Throttled):
        await profiles.sign_in(email="b@x.test", password="no", client_ip="192.0.2.1")


async def test_who_knows_the_password_is_never_slowed_down(profiles, tenant):
    for _ in range(60):
        assert await sign_in(profiles, tenant)


def test_buckets_are_bounded():
    buckets = Buckets(HeldClock(Clock().now()), size=1, seconds=60)
    for number in range(MAX_BUCKETS + 10):
        assert buckets.take(str(number)) == 0
    assert len(buckets._levels) == MAX_BUCKETS
    assert buckets.take(str(MAX_BUCKETS)) == 60


async def test_an_address_has_one_account(database, tenant, clock):
    async with database.scoped(tenant.id) as connection:
        with pytest.raises(AccountExists):
            await create_account(connection, tenant.id, email=tenant.email, password=PASSWORD, at=clock.now())
        assert await connection.fetchval("SELECT count(*) FROM accounts") == 1


@pytest.mark.parametrize("password", ["short", "x" * 1025, "\ud800" * 9])
async def test_bad_new_passwords_are_refused(password):
    with pytest.raises(BadPassword):
        await CHEAP.hash(password)


@pytest.mark.parametrize("email", ["", "x", "a b@c.test", "a@b@c", "a\n@b.test", "x" * 400 + "@y.test"])
async def test_bad_addresses_are_refused(database, tenant, clock, email):
    async with database.scoped(tenant.id) as connection:
        with pytest.raises(ValueError, match="not an e-mail address"):
            await create_account(connection, tenant.id, email=email, password=PASSWORD, at=clock.now())


async def test_an_unknown_account_costs_the_same_time():
    passwords = Passwords(memory=8192, passes=2, lanes=1)
    stored = await passwords.hash(PASSWORD)

    async def cost(known: str | None) -> float:
        started = time.thread_time_ns(), time.perf_counter()
        assert await passwords.verify(known, "wrong password") is False
        return time.perf_counter() - started[1]

    known, unknown = [], []
    for _ in range(15):
        known.append(await cost(stored))
        unknown.append(await cost(None))
    assert 0.3 < statistics.median(known) / statistics.median(unknown) < 3


async def test_hashing_has_a_short_line(monkeypatch):
    passwords = Passwords(memory=1024, passes=1, lanes=1)
    answers = await asyncio.gather(*(passwords.verify(None, "x") for _ in range(40)), return_exceptions=True)
    assert sum(isinstance(answer, TooBusy) for answer in answers) == 8


async def test_hashes_with_old_costs_are_renewed(database, tenant, clock):
    dearer = Passwords(memory=128, passes=1, lanes=1)
    profiles = Profiles(database, clock, dearer)
    assert await sign_in(profiles, tenant)
    stored = await tenant.value("SELECT password_hash FROM accounts")
    assert "m=128" in stored
    assert await sign_in(profiles, tenant)
