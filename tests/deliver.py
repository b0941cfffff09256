# SPDX-License-Identifier: Apache-2.0
"""A process that delivers from a queue: the deliverer with everything real, for tests that stop and kill it.

deliver.py DATABASE_URL BODIES ORGANIZATION PORT
"""

import asyncio
import random
import sys
from pathlib import Path
from uuid import UUID

from mailward.control.domains.service import Domain, Server
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.deliverer import Deliverer, Share
from mailward.disposition.delivery.mx import MailExchangers
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.routes import Routes
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.submission import Submission
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy, Snapshot

KEY = Key(b"k" * 32)


class Policies:
    def __init__(self, organization: UUID, port: int) -> None:
        domain = Domain(name="example.test", servers=(Server(host="127.0.0.1", port=port),))
        policy = OrganizationPolicy(
            id=organization, name="E", key=KEY, domains={"example.test": domain}, recipients={}, high_profile_users=(),
            settings={}, rules=(),
        )  # fmt: skip
        self.current = Snapshot({organization: policy}, {"example.test": policy})


async def main(url: str, bodies: str, organization: str, port: str) -> None:
    database, clock, chance, share = await Database.connect(url), Clock(), random.Random(), Share()
    stored = Bodies(Path(bodies))
    exchangers = MailExchangers(Dns(Zone({})).for_feature("delivery"), own_names=[], chance=chance)
    routes = Routes(
        Connections(most=share), Servers(monotonic=clock.monotonic, chance=chance), helo="gateway.test", chance=chance,
        exchangers=exchangers,
    )  # fmt: skip
    submission = Submission(database, stored, clock, key_of=lambda _: KEY)
    deliverer = Deliverer(
        database, stored, Policies(UUID(organization), int(port)), clock, send=routes.send, share=share,
        notifier=Notifier(submission, hostname="gateway.test"),
    )  # fmt: skip
    await deliverer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
