# SPDX-License-Identifier: Apache-2.0
"""The manifest of the TLS peers."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.tls_peers.belongings import BELONGINGS
from mailward.checks.tls_peers.service import compile_peers
from mailward.checks.tls_peers.settings import TlsPeersSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.tls_peers.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.tls_peers.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="tls_peers",
    room="checks.tls_peers",
    title="TLS peers",
    console="TLS > Peers",
    settings=TlsPeersSettings,
    compile=compile_peers,
    disclosure=Disclosure(
        does="Asks of each peer how well a connection must be encrypted: refuses mail that comes in clear text, and"
        " holds mail back that could not go out as safely as you asked. Keeps the peers that you list, and the MTA-STS"
        " policies of domains that you send to for as long as these ask.",
        disabling_costs="Mail is encrypted where the other side can, by whoever answers, and else goes in clear text.",
        collects=frozenset(
            {DataItem.DOMAIN_NAME, DataItem.TLS_PEER, DataItem.RECIPIENT_DOMAIN, DataItem.ADMINISTRATOR_ACTION}
        ),
        sends=(
            Sending(
                to="the name servers of the recipient's domain, by way of your resolver; only for peers at a level"
                " of DANE or MTA-STS",
                items=frozenset({DataItem.RECIPIENT_DOMAIN}),
                purpose="To learn which certificates its mail servers have, or whether it has an MTA-STS policy.",
            ),
            Sending(
                to="the web server mta-sts.DOMAIN of the recipient's domain; only for peers at the level MTA-STS",
                items=frozenset({DataItem.RECIPIENT_DOMAIN}),
                purpose="To fetch the domain's MTA-STS policy.",
            ),
        ),
        removed=Removal.DELETION,
    ),
    routes=_routes,
    jobs=_jobs,
    belongings=BELONGINGS,
)
