# SPDX-License-Identifier: Apache-2.0
"""What `mailward dkim` does: the same door as the console's."""

from typing import Any
from uuid import UUID

import msgspec

from mailward.contract.principal import Principal
from mailward.disposition.dkim_signing.service import KeyRing
from mailward.disposition.dkim_signing.shapes import DkimKey, DkimKeys, NewDkimKey
from mailward.egress.dns.service import Dns
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import EXIT_FOUND, Wrong, print_json, print_table, work
from mailward.main.wiring import outside, system_dns


def list_keys(place: Place) -> int:
    """Print the keys."""

    async def do(node: Node, who: Principal) -> DkimKeys:
        return await _ring(node).read(who.organization_id)

    def tell(found: DkimKeys) -> None:
        if place.json:
            print_json(found)
            return
        print_table(
            ("domain", "selector", "algorithm", "bits", "state", "problem"),
            (
                (key.domain, key.selector, key.algorithm, str(key.bits), key.state, key.problem)
                for domain in found.items
                for key in domain.keys
            ),
        )

    return work(place.data, do, tell, organization=place.organization)


def make(place: Place, wanted: dict[str, Any]) -> int:
    """Make a key and print its record."""

    async def do(node: Node, who: Principal) -> DkimKey:
        try:
            return await _ring(node).make(who.organization_id, msgspec.convert(wanted, NewDkimKey), actor=who.email)
        except LookupError as exc:
            raise Wrong(f"{exc} is not a domain of this organization") from exc

    return work(place.data, do, lambda key: _record(place, key), organization=place.organization)


def record(place: Place, domain: str, selector: str) -> int:
    """Print a record."""

    async def do(node: Node, who: Principal) -> DkimKey:
        return await _named(node, who.organization_id, domain, selector)

    return work(place.data, do, lambda key: _record(place, key), organization=place.organization)


def check(place: Place, domain: str, selector: str) -> int:
    """Ask the DNS now, and say what is wrong."""

    async def do(node: Node, who: Principal) -> DkimKey | None:
        key = await _named(node, who.organization_id, domain, selector)
        ON_BEHALF_OF.set((who.organization_id,))
        door, ledger = outside(node)
        source = system_dns(node.configuration)
        try:
            resolver = Dns(source, on_question=door.dns).for_feature("dkim_signing")
            return await _ring(node).look(who.organization_id, key.id, resolver)
        except SwitchedOff as exc:
            raise Wrong("signing is switched off, and nothing is asked about it") from exc
        finally:
            await ledger.flush()
            await source.close()

    def tell(key: DkimKey | None) -> int:
        assert key is not None
        silent = "" if key.checked_at else "the DNS does not answer"
        if place.json:
            print_json(key)
        else:
            print(f"{key.state}: {key.problem or silent or 'the record is right'}")  # noqa: T201 - the command's output
        return EXIT_FOUND if key.problem or silent else 0

    return work(place.data, do, tell, organization=place.organization)


def retire(place: Place, domain: str, selector: str) -> int:
    """Stop signing with a key."""

    async def do(node: Node, who: Principal) -> DkimKey | None:
        key = await _named(node, who.organization_id, domain, selector)
        return await _ring(node).retire(who.organization_id, key.id)

    def tell(key: DkimKey | None) -> None:
        assert key is not None
        assert key.removable_at is not None
        if place.json:
            print_json(key)
        else:
            print(f"{selector} signs no more; leave its record until {key.removable_at:%Y-%m-%d}")  # noqa: T201

    return work(place.data, do, tell, organization=place.organization)


def remove(place: Place, domain: str, selector: str) -> int:
    """Destroy a key that does not sign."""

    async def do(node: Node, who: Principal) -> bool:
        key = await _named(node, who.organization_id, domain, selector)
        return await _ring(node).remove(who.organization_id, key.id)

    return work(place.data, do, lambda _: print(f"{selector} is gone"), organization=place.organization)  # noqa: T201


def _ring(node: Node) -> KeyRing:
    return KeyRing(node.database, node.clock, key_of=node.key)


async def _named(node: Node, organization: UUID, domain: str, selector: str) -> DkimKey:
    for item in (await _ring(node).read(organization)).items:
        for key in item.keys:
            if (key.domain, key.selector) == (domain.lower(), selector):
                return key
    raise Wrong(f"{domain} has no key {selector}; see mailward dkim list")


def _record(place: Place, key: DkimKey) -> None:
    if place.json:
        print_json(key)
    else:
        print(key.record.zone_line)  # noqa: T201 - the command's output
