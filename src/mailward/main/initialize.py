# SPDX-License-Identifier: Apache-2.0
"""A working organization without questions: `mailward init`, and the first half of `mailward demo`."""

from uuid import UUID

import msgspec

from mailward.contract.check import HighProfileUser
from mailward.control.directory_import import service as directory_import
from mailward.control.directory_import.service import ValidRecipient
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain, Server
from mailward.control.high_profile_users import service as high_profile_users
from mailward.control.profile import service as profile
from mailward.control.provisioning import service as provisioning
from mailward.kit.ids import new_id
from mailward.main.node import Node
from mailward.policy import store as policy


class NewOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """What an organization starts with. With `recipients`, mail for anybody else is refused."""

    name: str
    domain: str
    next_hop_host: str
    next_hop_port: int
    admin_email: str
    admin_password: str
    recipients: tuple[ValidRecipient, ...] = ()
    high_profile_users: tuple[HighProfileUser, ...] = ()


async def create_organization(node: Node, new: NewOrganization) -> UUID:
    """Make the organization with its domain, people, rules and first administrator; its id.

    Raises:
        domains.DomainTaken, profile.AccountExists
    """
    at = node.clock.now()
    organization = new_id(at)
    async with node.database.scoped(organization) as connection:
        await provisioning.create(connection, organization, node.vault, name=new.name, at=at)
        domain = Domain(
            name=new.domain.lower(),
            servers=(Server(host=new.next_hop_host, port=new.next_hop_port),),
            recipient_filter=bool(new.recipients),
        )
        await domains.add(connection, organization, domain, at=at)
        await directory_import.replace(connection, organization, new.recipients)
        for person in new.high_profile_users:
            await high_profile_users.add(connection, organization, person, at=at)
        await policy.add_default_rules(connection, organization, at)
        await profile.create_account(
            connection, organization, email=new.admin_email, name="Administrator", password=new.admin_password, at=at
        )
        await policy.announce(connection, organization)
    return organization
