# SPDX-License-Identifier: Apache-2.0
"""RFC 9989: tree walk, policy discovery, alignment; each case names the rule it holds."""

import pytest

from mailward.checks.authentication.author import Author
from mailward.checks.authentication.dmarc import read_policy, verify, walk
from mailward.contract.authentication import DkimResult, SpfResult
from mailward.egress.dns.service import Dns, Zone

LONG = "a.b.c.d.e.f.g.h.i.j.mail.example.test"


def resolver(records, *, existing=(), trouble=(), asked=None):
    zone = {
        f"_dmarc.{name}": {"TXT": [t.encode() for t in ([text] if isinstance(text, str) else text)]}
        for name, text in records.items()
    }
    for name in existing:
        zone.setdefault(name, {})["A"] = ["192.0.2.1"]
    witness = (lambda feature, name, kind: asked.append(name)) if asked is not None else None
    return Dns(Zone(zone, trouble=trouble), on_question=witness).for_feature("test")


async def judged(records, author, *, spf="", dkim=(), **options):
    return await verify(
        Author(author),
        spf=SpfResult(result="pass", domain=spf) if spf else SpfResult(),
        dkim=tuple(DkimResult(result="pass", domain=domain) for domain in dkim),
        resolver=resolver(records, **options),
    )


@pytest.mark.parametrize(
    ("records", "author", "spf", "dkim", "result", "aligned"),
    [
        # identical domains
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "x.test", (), "pass", ("spf",)),
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "", ("x.test",), "pass", ("dkim",)),
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "x.test", ("y.test", "x.test"), "pass", ("spf", "dkim")),
        # relaxed: one organization
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "mail.x.test", (), "pass", ("spf",)),
        ({"x.test": "v=DMARC1; p=reject"}, "a.x.test", "", ("b.x.test",), "pass", ("dkim",)),
        ({"x.test": "v=DMARC1; p=reject"}, "a.x.test", "x.test", (), "pass", ("spf",)),
        # strict
        ({"x.test": "v=DMARC1; p=reject; aspf=s"}, "x.test", "mail.x.test", (), "fail", ()),
        ({"x.test": "v=DMARC1; p=reject; adkim=s"}, "x.test", "mail.x.test", ("mail.x.test",), "pass", ("spf",)),
        # strangers, and names that merely end alike
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "y.test", ("z.test",), "fail", ()),
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "evilx.test", ("evilx.test",), "fail", ()),
        ({"x.test": "v=DMARC1; p=reject"}, "x.test", "test", (), "fail", ()),
        # a subdomain that is an organization of its own (psd=n)
        ({"x.test": "v=DMARC1; p=reject", "a.x.test": "v=DMARC1; p=none; psd=n"}, "x.test", "a.x.test", (), "fail", ()),
        ({"x.test": "v=DMARC1; p=reject", "a.x.test": "v=DMARC1; p=none; psd=n"}, "a.x.test", "x.test", (), "fail", ()),
        (
            {"x.test": "v=DMARC1; p=reject", "a.x.test": "v=DMARC1; p=none; psd=n"},
            "b.a.x.test",
            "c.a.x.test",
            (),
            "pass",
            ("spf",),
        ),
        # customers below a public suffix (psd=y) are strangers to each other and to it
        (
            {"co.test": "v=DMARC1; p=none; psd=y", "a.co.test": "v=DMARC1; p=reject"},
            "a.co.test",
            "b.co.test",
            (),
            "fail",
            (),
        ),
        (
            {"co.test": "v=DMARC1; p=none; psd=y", "a.co.test": "v=DMARC1; p=reject"},
            "a.co.test",
            "co.test",
            (),
            "fail",
            (),
        ),
        ({"co.test": "v=DMARC1; p=none; psd=y"}, "m.a.co.test", "n.a.co.test", (), "pass", ("spf",)),
        # several records at one name are as good as none
        ({"x.test": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, "x.test", "x.test", (), "none", ()),
        ({"x.test": ["v=DMARC1; p=reject", "other"]}, "x.test", "x.test", (), "pass", ("spf",)),
        ({}, "x.test", "x.test", (), "none", ()),
    ],
)
async def test_alignment(records, author, spf, dkim, result, aligned):
    said = await judged(records, author, spf=spf, dkim=dkim)
    assert (said.result, said.aligned) == (result, aligned), said


TREE = {"x.test": "v=DMARC1; p=reject; sp=quarantine; np=none"}


@pytest.mark.parametrize(
    ("records", "author", "existing", "policy"),
    [
        (TREE, "x.test", (), "reject"),
        (TREE, "a.x.test", ("a.x.test",), "quarantine"),
        (TREE, "a.x.test", (), "none"),
        (TREE, "a.x.test", ("b.a.x.test",), "quarantine"),  # exists, because something below it does
        ({"x.test": "v=DMARC1; p=reject"}, "a.x.test", (), "reject"),
        ({"x.test": "v=DMARC1; p=reject; np=none"}, "a.x.test", ("a.x.test",), "reject"),
        ({"x.test": "v=DMARC1; p=none; np=reject"}, "a.x.test", (), "reject"),
        ({**TREE, "a.x.test": "v=DMARC1; p=none"}, "a.x.test", (), "none"),
        (
            {**TREE, "a.x.test": "v=DMARC1; p=none"},
            "b.a.x.test",
            ("b.a.x.test",),
            "quarantine",
        ),  # the organization decides
        ({"test": "v=DMARC1; p=reject; sp=quarantine; psd=y"}, "x.test", ("x.test",), "quarantine"),
        ({"test": "v=DMARC1; p=none; np=reject; psd=y"}, "x.test", (), "reject"),
        ({"test": "v=DMARC1; p=reject; psd=y", "x.test": "v=DMARC1; p=none"}, "x.test", (), "none"),
        # broken records (4.7): p=none if somebody wants reports, nothing otherwise
        ({"x.test": "v=DMARC1; rua=mailto:a@x.test"}, "x.test", (), "none"),
        ({"x.test": "v=DMARC1; p=oops; rua=mailto:a@x.test"}, "x.test", (), "none"),
        ({"x.test": "v=DMARC1; sp=reject; rua=mailto:a@x.test"}, "a.x.test", ("a.x.test",), "none"),
        ({"x.test": "v=DMARC1; p=reject; sp=oops; rua=mailto:a@x.test"}, "x.test", (), "none"),
        ({"x.test": "v=DMARC1; p=reject; sp=oops"}, "x.test", (), ""),
        ({"x.test": "v=DMARC1"}, "x.test", (), ""),
        ({"x.test": "v=DMARC1; p=reject; unknown; pct=5; ri=x; ; fo"}, "x.test", (), "reject"),
        ({"x.test": "V=DMARC1; p=reject"}, "x.test", (), ""),
        ({"x.test": "p=reject; v=DMARC1"}, "x.test", (), ""),
        ({"x.test": "v=DMARC1p=reject"}, "x.test", (), ""),
        ({"x.test": "v = DMARC1 ; P = Reject ;"}, "x.test", (), "reject"),
        ({"x.test": "v=DMARC1; p=none; p=reject"}, "x.test", (), "none"),
    ],
)
async def test_policy(records, author, existing, policy):
    said = await judged(records, author, existing=existing)
    assert said.policy == policy, said
    assert said.result == ("fail" if policy else "none")


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("x.test", ["x.test", "test"]),
        ("a.x.test", ["a.x.test", "x.test", "test"]),
        (
            LONG,
            [
                LONG,
                "g.h.i.j.mail.example.test",
                "h.i.j.mail.example.test",
                "i.j.mail.example.test",
                "j.mail.example.test",
                "mail.example.test",
                "example.test",
                "test",
            ],
        ),
        (
            "1.2.3.4.5.6.7.8",
            ["1.2.3.4.5.6.7.8", "2.3.4.5.6.7.8", "3.4.5.6.7.8", "4.5.6.7.8", "5.6.7.8", "6.7.8", "7.8", "8"],
        ),
    ],
)
async def test_walk(domain, names):
    """At most eight questions (4.10)."""
    asked = []
    walked = await walk(domain, resolver({}, asked=asked))
    assert asked == [f"_dmarc.{name}" for name in names]
    assert walked.organizational_domain == domain


async def test_walk_stops_at_psd():
    asked = []
    walked = await walk("a.b.x.test", resolver({"x.test": "v=DMARC1; p=none; psd=n"}, asked=asked))
    assert asked[-1] == "_dmarc.x.test"
    assert walked.organizational_domain == "x.test"


async def test_strangers_cost_no_questions():
    asked = []
    said = await judged({"x.test": "v=DMARC1; p=none"}, "x.test", dkim=["evil.test"] * 10, asked=asked)
    assert said.result == "fail"
    assert not any("evil" in name for name in asked)


async def test_trouble():
    assert (await judged({}, "x.test", trouble=["_dmarc.x.test"])).result == "temperror"
    records = {"x.test": "v=DMARC1; p=reject"}
    for domain, expected in (("x.test", "temperror"), ("a.x.test", "temperror"), ("y.test", "fail"), ("", "temperror")):
        said = await verify(
            Author("x.test"),
            spf=SpfResult(),
            dkim=(DkimResult(result="temperror", domain=domain),),
            resolver=resolver(records),
        )
        assert said.result == expected, domain
    said = await judged(records, "x.test", spf="a.x.test", trouble=["_dmarc.a.x.test"])
    assert said.result == "temperror"


@pytest.mark.parametrize("result", ["fail", "neutral", "policy", "permerror", "none"])
async def test_only_a_pass_counts(result):
    said = await verify(
        Author("x.test"),
        spf=SpfResult(result=result, domain="x.test"),
        dkim=(DkimResult(result=result, domain="x.test"), DkimResult(result="pass", domain="x.test", partial=True)),
        resolver=resolver({"x.test": "v=DMARC1; p=reject; t=y"}),
    )
    assert (said.result, said.testing) == ("fail", True)


async def test_no_author_never_passes():
    said = await verify(
        Author("", "From names several domains"),
        spf=SpfResult(result="pass", domain="x.test"),
        dkim=(),
        resolver=resolver({"x.test": "v=DMARC1; p=none"}),
    )
    assert (said.result, said.why) == ("permerror", "From names several domains")


def test_hostile_records_are_read():
    for record in (b"v=DMARC1" + b";" * 60_000, b"v=DMARC1;" + b"p=" * 30_000, b"v=DMARC1; p=\xff\x00", b"v=DMARC1;="):
        assert not read_policy(record).applies
