# SPDX-License-Identifier: Apache-2.0
"""MTA-STS records and policies, good ones and every kind of bad one."""

import pytest

from mailward.checks.tls_peers.sts_policy import MAX_AGE, BadPolicy, Mode, read_policy, record_id

GOOD = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.partner.test\r\nmx: *.Partner.test\r\nmax_age: 604800\r\n"


@pytest.mark.parametrize(
    ("texts", "identifier"),
    [
        ((b"v=STSv1; id=20261127T1;",), "20261127T1"),
        ((b"v=STSv1;id=a",), "a"),
        ((b"v=STSv1; id=a", b"unrelated"), "a"),
        ((b"v=STSv1; id=a; more=b;",), "a"),
        ((b"v=STSv1; id=a", b"v=STSv1; id=b"), ""),
        ((b"v=STSv1; id=a-b",), ""),
        ((b"v=STSv1; id=" + b"a" * 33,), ""),
        ((b"v=STSv1;",), ""),
        ((b"v=STSv10; id=a",), ""),
        ((b" v=STSv1; id=a",), ""),
        ((b"v=STSv1; id=\xff",), ""),
        ((), ""),
    ],
)
def test_a_record(texts, identifier):
    assert record_id(texts) == identifier


def test_a_policy():
    policy = read_policy(GOOD)
    assert (policy.mode, policy.mx, policy.max_age) == (Mode.ENFORCE, ("mx1.partner.test", "*.partner.test"), 604800)
    assert read_policy(GOOD.replace(b"\r\n", b"\n") + b"future: x\n\n") == policy
    assert read_policy(GOOD.replace(b"604800", b"9999999999")).max_age == MAX_AGE
    assert read_policy(b"version: STSv1\nmode: none\nmax_age: 60\n").mx == ()


@pytest.mark.parametrize(
    ("host", "yes"),
    [
        ("mx1.partner.test", True), ("MX1.Partner.Test.", True), ("any.partner.test", True), ("partner.test", False),
        ("a.b.partner.test", False), ("mx1.partner.test.evil.test", False), ("evilpartner.test", False), ("", False),
    ],
)  # fmt: skip
def test_which_servers_it_permits(host, yes):
    assert read_policy(GOOD).permits(host) is yes


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", GOOD.replace(b"STSv1", b"STSv2"), GOOD.replace(b"enforce", b"maybe"), GOOD.replace(b"mx", b"xm"),
        GOOD.replace(b"604800", b"-1"), GOOD.replace(b"604800", b"1e9"), GOOD.replace(b"604800", b""),
        GOOD.replace(b"604800", b"12345678901"), GOOD.replace(b"604800", "٣".encode()), GOOD + b"\xff",
        GOOD.replace(b"mx1.partner", b"m x"), GOOD.replace(b"*.", b"*.*."), GOOD + b"x: y\n" * 1000, GOOD + b"x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_policy(body):
    with pytest.raises(BadPolicy):
        read_policy(body)
