# SPDX-License-Identifier: Apache-2.0
"""The manifest of the reverse DNS rules."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.reverse_dns.service import compile_rules
from mailward.checks.reverse_dns.settings import ReverseDnsSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.reverse_dns.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="reverse_dns",
    room="checks.reverse_dns",
    title="Reverse DNS",
    console="Inbound > Connection filtering > Reverse DNS",
    settings=ReverseDnsSettings,
    compile=compile_rules,
    disclosure=Disclosure(
        does="Refuses servers whose address has no name in the DNS, a name that does not lead back to the address, or a"
        " name that you block. Keeps nothing but your rules.",
        disabling_costs="Home computers and hijacked machines, which seldom have a name of their own, are heard.",
        sends=(
            Sending(
                to="the name servers of the connecting address and of its names, by way of your resolver; only where a"
                " rule demands something, which none does by default, or if an administrator looks an address up",
                items=frozenset({DataItem.SENDER_IP}),
                purpose="To learn the names of the address, and whether they are true.",
            ),
        ),
        removed=Removal.NEVER_KEPT,
    ),
    routes=_routes,
)
