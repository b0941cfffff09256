# SPDX-License-Identifier: Apache-2.0
"""What `mailward dkim` does: the same door as the console's."""

from typing import Any
from uuid import UUID

import msgspec

from mailward.contract.principal import Principal
from mailward.disposition.dkim_signing.service import KeyRing
from mailward.disposition.dkim_signing.shapes import DkimKey, DkimKeys, NewDkimKey
from mailward.egress.door import SwitchedOff
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import Wrong, asking, work
from mailward.main.printing import print_line, print_table


def list_keys(place: Place) -> int:
    """Print the keys."""

    async def do(node: Node, who: Principal) -> DkimKeys:
        return await _ring(node).read(who.organization_id)

    def show(found: DkimKeys) -> None:
        print_table(
            ("domain", "selector", "algorithm", "bits", "state", "problem"),
            (
                (key.domain, key.selector, key.algorithm, str(key.bits), key.state, key.problem)
                for domain in found.items
                for key in domain.keys
            ),
        )

    return work(place, do, show)


def make(place: Place, wanted: dict[str, Any]) -> int:
    """Make a key and print its record."""

    async def do(node: Node, who: Principal) -> DkimKey:
        try:
            return await _ring(node).make(who.organization_id, msgspec.convert(wanted, NewDkimKey), actor=who.email)
        except LookupError as exc:
            raise Wrong(f"{exc} is not a domain of this organization") from exc

    return work(place, do, _show_record)


def record(place: Place, domain: str, selector: str) -> int:
    """Print a record."""

    async def do(node: Node, who: Principal) -> DkimKey:
        return await _named(node, who.organization_id, domain, selector)

    return work(place, do, _show_record)


def check(place: Place, domain: str, selector: str) -> int:
    """Ask the DNS now, and say what is wrong."""

    async def do(node: Node, who: Principal) -> DkimKey | None:
        key = await _named(node, who.organization_id, domain, selector)
        try:
            async with asking(node, who.organization_id) as dns:
                return await _ring(node).look(who.organization_id, key.id, dns.for_feature("dkim_signing"))
        except SwitchedOff as exc:
            raise Wrong("signing is switched off, and nothing is asked about it") from exc

    def trouble(key: DkimKey | None) -> str:
        assert key is not None
        return key.problem or ("" if key.checked_at else "the DNS does not answer")

    def show(key: DkimKey | None) -> None:
        assert key is not None
        print_line(f"{key.state}: {trouble(key) or 'the record is right'}")

    return work(place, do, show, found=lambda key: bool(trouble(key)))


def retire(place: Place, domain: str, selector: str) -> int:
    """Stop signing with a key."""

    async def do(node: Node, who: Principal) -> DkimKey | None:
        key = await _named(node, who.organization_id, domain, selector)
        return await _ring(node).retire(who.organization_id, key.id)

    def show(key: DkimKey | None) -> None:
        assert key is not None
        assert key.removable_at is not None
        print_line(f"{selector} signs no more; leave its record until {key.removable_at:%Y-%m-%d}")

    return work(place, do, show)


def remove(place: Place, domain: str, selector: str) -> int:
    """Destroy a key that does not sign."""

    async def do(node: Node, who: Principal) -> bool:
        key = await _named(node, who.organization_id, domain, selector)
        return await _ring(node).remove(who.organization_id, key.id)

    return work(place, do, lambda _: print_line(f"{selector} is gone"))


def _ring(node: Node) -> KeyRing:
    return KeyRing(node.database, node.clock, key_of=node.key)


async def _named(node: Node, organization: UUID, domain: str, selector: str) -> DkimKey:
    for item in (await _ring(node).read(organization)).items:
        for key in item.keys:
            if (key.domain, key.selector) == (domain.lower(), selector):
                return key
    raise Wrong(f"{domain} has no key {selector}; see mailward dkim list")


def _show_record(key: DkimKey) -> None:
    print_line(key.record.zone_line)
