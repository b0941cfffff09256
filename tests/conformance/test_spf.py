# SPDX-License-Identifier: Apache-2.0
"""The OpenSPF suites for RFC 7208 and RFC 4408, Stalwart's vectors, and pyspf as an oracle."""

import copy
import ipaddress
import warnings
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.corpora import corpus

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its source has escapes that Python no longer likes
    import spf as pyspf

from mailward.checks.authentication.spf import verify
from mailward.contract.dns import MailExchange
from mailward.egress.dns.service import Dns, Zone


def suite(name):
    """(scenario, test name, zone data, test) of every test in one YAML file."""
    path = corpus("conformance") / "spf-pyspf" / name
    for scenario in yaml.safe_load_all(path.read_text("utf-8")):
        for test_name, test in scenario["tests"].items():
            yield test_name, scenario["zonedata"], test


def zone(data) -> Zone:
    """The suite's zone data: SPF records stand for TXT where a name has no TXT of its own."""
    records, trouble = {}, set()
    for name, entries in data.items():
        kinds = records.setdefault(name, {})
        own_txt = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
        has_text = any(isinstance(entry, dict) and entry.get("TXT", "NONE") != "NONE" for entry in entries)
        for entry in entries:
            if entry == "TIMEOUT":
                if not has_text:  # otherwise it is the SPF type that times out, which nobody asks for any more
                    trouble.add(name)
                continue
            ((kind, value),) = entry.items()
            if (kind == "SPF" and own_txt) or value == "NONE":
                continue
            if kind in ("SPF", "TXT"):
                text = value if isinstance(value, str) else "".join(value)
                kinds.setdefault("TXT", []).append(text.encode("utf-8"))
            elif kind == "MX":
                kinds.setdefault("MX", []).append(MailExchange(value[0], value[1].lower()))
            elif kind in ("A", "AAAA"):
                kinds.setdefault(kind, []).append(str(ipaddress.ip_address(value)))
            else:
                kinds.setdefault(kind, []).append(value.lower())
    return Zone(records, trouble=trouble)


def cases(name):
    """The parameters of a suite; none where the corpus is absent."""
    try:
        return [pytest.param(data, test, id=found) for found, data, test in suite(name)]
    except pytest.skip.Exception:
        return [pytest.param({}, {}, marks=pytest.mark.skip("corpus conformance is absent"))]


async def judged(data, test):
    resolver = Dns(zone(data)).for_feature("test")
    return await verify(resolver, peer_ip=str(test["host"]), helo=test["helo"], sender=test["mailfrom"])


@pytest.mark.parametrize(("data", "test"), cases("rfc7208-tests.yml"))
async def test_rfc7208(data, test):
    said = await judged(data, test)
    expected = test["result"] if isinstance(test["result"], list) else [test["result"]]
    assert said.result in expected, said
    explanation = test.get("explanation", "DEFAULT")
    if said.result == "fail" and explanation != "DEFAULT":
        assert f'explains: "{explanation}"' in said.why
    elif said.result == "fail" and explanation == "DEFAULT":
        assert "explains" not in said.why


@pytest.mark.parametrize(("data", "test"), cases("rfc4408-tests.yml"))
async def test_rfc4408(data, test):
    """The older suite: every test of it still holds under RFC 7208."""
    said = await judged(data, test)
    expected = test["result"] if isinstance(test["result"], list) else [test["result"]]
    assert said.result in expected, said


STALWART_DIFFERENCES = {
    "all-0": ("permerror", "a syntax error behind all spoils the record, too (4.6)"),
    "basic-8": ("permerror", "ten look-ups that find nothing are over the void limit (4.6.4)"),
    "basic-13": ("permerror", "eleven mail exchanges are too many, whatever their order (4.6.4)"),
    "basic-17": ("pass", "HELO is evaluated for the null sender only"),
    "exists-1": ("fail", "exists: asks for A records only (5.7)"),
    "ip-10": ("fail", "ip6: never matches an IPv4 address (5.6)"),
    "macro-3": ("fail", "exists: asks for A records only (5.7)"),
}
"""Where the vectors and the RFC part: what the RFC decides, and why."""


def stalwart_cases():
    """The parameters of Stalwart's own scenario files."""
    try:
        folder = corpus("conformance") / "stalwart-mail-auth" / "resources" / "spf"
    except pytest.skip.Exception:
        return [pytest.param({}, (), {}, marks=pytest.mark.skip("corpus conformance is absent"))]
    return [
        pytest.param(records, trouble, test, id=f"{path.stem}-{number}")
        for path in sorted(folder.glob("*.yml"))
        for number, (records, trouble, test) in enumerate(stalwart_tests(path))
    ]


def stalwart_tests(path: Path):
    """(records, names in trouble, test) of one file; each scenario is separated by "---"."""
    for scenario in path.read_text("utf-8").split("\n---"):
        records, tests, section, test = {}, [], "", {"records": {}}
        for line in scenario.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            key, _, value = line.strip().removeprefix("- ").partition(":")
            value = value.strip()
            if not line.startswith(" "):
                section = key
            elif section == "records":
                stalwart_record(records, key, value)
            elif section == "tests":
                if key in ("spf", "a", "ptr", "mx"):
                    stalwart_record(test["records"], key, value)
                if key == "name":
                    test["records"] = copy.deepcopy(records)
                    test["records"].get("example.com", {}).pop("TXT", None)
                test[key] = value
                if key == "expect":
                    tests.append(copy.deepcopy(test))
        names = {test["sender"].rpartition("@")[2] or test["domain"] for test in tests} | set(records)
        trouble = {name for name in names | {"_dns_error.test.org"} if "_dns_error" in name}
        yield from ((test["records"] or records, trouble, test) for test in tests)


def stalwart_record(records, kind, value):
    name, _, data = value.partition(" ")
    if kind in ("spf", "exp"):
        records.setdefault(name.lower(), {}).setdefault("TXT", []).append(data.encode())
    elif kind == "ptr":
        name = ipaddress.ip_address(name).reverse_pointer
        values = [host.strip().removesuffix(".") for host in data.split(",")]
        records.setdefault(name, {}).setdefault("PTR", []).extend(values)
    else:
        for number, address in enumerate(data.split(",")):
            ip = ipaddress.ip_address(address.strip())
            owner = name.lower()
            if kind == "mx":
                owner = f"mx{number}-{ip.version}.of.{name.lower()}"
                records.setdefault(name.lower(), {}).setdefault("MX", []).append(MailExchange(10, owner))
            records.setdefault(owner, {}).setdefault("A" if ip.version == 4 else "AAAA", []).append(str(ip))


@pytest.mark.parametrize(("records", "trouble", "test"), stalwart_cases())
async def test_stalwart(records, trouble, test, request):
    resolver = Dns(Zone(records, trouble=trouble)).for_feature("test")
    said = await verify(resolver, peer_ip=test["ip"], helo=test["domain"], sender=test["sender"])
    expected, _, explanation = test["expect"].partition(" ")
    name = request.node.callspec.id
    if name in STALWART_DIFFERENCES:
        decided, why = STALWART_DIFFERENCES[name]
        assert said.result == decided != expected, why
        return
    assert said.result == expected, said
    if explanation:
        assert explanation in said.why


NAMES = ["a.test", "b.test", "c.test", "mx.a.test"]
TERMS = [
    "all", "ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "a", "a/24", "a:b.test", "a:c.test//64", "mx",
    "mx:b.test/24", "ptr", "ptr:a.test", "include:b.test", "include:c.test", "exists:%{i}.b.test",
    "exists:%{l}.c.test", "exists:%{d2r}.b.test", "redirect=b.test", "redirect=c.test", "unknown=%{s}",
    "ip4:300.1.1.1", "a:", "bogus", "a/33",
]  # fmt: skip
records_of_one = st.fixed_dictionaries(
    {
        "terms": st.lists(st.tuples(st.sampled_from(["", "-", "~", "?"]), st.sampled_from(TERMS)), max_size=5),
        "A": st.lists(st.sampled_from(["192.0.2.1", "192.0.2.77", "198.51.100.1"]), max_size=2, unique=True),
        "AAAA": st.lists(st.sampled_from(["2001:db8::1", "2001:db9::1"]), max_size=2, unique=True),
        "MX": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        "double": st.integers(0, 9).map(lambda drawn: drawn == 0),
        "none": st.integers(0, 4).map(lambda drawn: drawn == 0),
    }
)


OWN_WAYS = (
    "Void lookup",  # pyspf also counts empty answers below mx and ptr; 4.6.4 leaves it open
    "trivial recursion",  # pyspf looks for it in mechanisms that are never reached
    "MUST appear at most once",  # pyspf means unknown modifiers, too; 6 means redirect and exp
)


def written(drawn) -> list[bytes]:
    if drawn["none"]:
        return []
    words = ["v=spf1"] + [name if "=" in name else sign + name for sign, name in drawn["terms"]]
    return [" ".join(words).encode()] * (2 if drawn["double"] else 1)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    zone_of=st.fixed_dictionaries(dict.fromkeys(NAMES, records_of_one)),
    ip=st.sampled_from(["192.0.2.1", "198.51.100.1", "2001:db8::1"]),
    sender=st.sampled_from(["a@a.test", "lyme.eater@a.test", ""]),
)
async def test_pyspf_says_the_same(zone_of, ip, sender):
    records = {
        name: {
            "TXT": written(drawn),
            "A": drawn["A"],
            "AAAA": drawn["AAAA"],
            "MX": [MailExchange(10, host) for host in drawn["MX"]],
        }
        for name, drawn in zone_of.items()
    }
    pointer = ipaddress.ip_address(ip).reverse_pointer
    records[pointer] = {"PTR": ["mx.a.test", "b.test"]}

    def look_up(name, kind, *_, **__):
        values = records.get(name.lower().removesuffix("."), {}).get(kind, [])
        if kind == "TXT":
            values = [(text,) for text in values]
        elif kind == "MX":
            values = [(exchange.preference, exchange.host) for exchange in values]
        return [((name, kind), value) for value in values]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyspf, "DNSLookup", look_up)
        theirs = pyspf.query(i=ip, s=sender, h="a.test").check()
    ours = await verify(Dns(Zone(records)).for_feature("test"), peer_ip=ip, helo="a.test", sender=sender)
    if ours.result != theirs[0] and ("found nothing" in ours.why or any(words in theirs[2] for words in OWN_WAYS)):
        return
    assert ours.result == theirs[0], (ours, theirs)
