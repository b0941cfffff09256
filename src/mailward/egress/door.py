# SPDX-License-Identifier: Apache-2.0
"""The one door out: nothing that is not mail leaves for somebody else's service except through here.

A request is a struct whose fields are annotated with the `DataItem` they carry. The door refuses a
request that its feature's disclosure does not declare, or whose feature is off for the organization
on whose behalf it is made; what passes is counted in the ledger. Questions to the DNS are requests too.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Annotated, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure
from mailward.egress.ledger import Ledger

ON_BEHALF_OF: ContextVar[tuple[UUID, ...]] = ContextVar("on_behalf_of", default=())
"""The organizations for which the current task works. The pipeline sets it, the door reads it."""


class Undeclared(Exception):  # noqa: N818 - reads better where it is caught
    """A request carries data that its feature's disclosure does not name. A defect of ours."""


class SwitchedOff(Exception):  # noqa: N818 - reads better where it is caught
    """The feature is off for the organization: nothing of it may leave."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all that may leave. Every field is `Annotated[type, DataItem...]`."""


class DnsQuestion(Request, frozen=True, kw_only=True):
    """A question about a domain that a mail names: SPF, DKIM, DMARC and ARC records, hosts, reverse names."""

    name: Annotated[str, DataItem.AUTHENTICATION_DOMAIN, DataItem.SENDER_IP]
    kind: str


class DnsListQuestion(Request, frozen=True, kw_only=True):
    """A question to a block list: the sender's address, turned round, in front of the list's zone."""

    name: Annotated[str, DataItem.SENDER_IP]


class WebListQuestion(Request, frozen=True, kw_only=True):
    """A question to a list of domains: the registered name of a host in a mail, in front of the list's zone."""

    name: Annotated[str, DataItem.URL_DOMAIN]


class ReverseNameQuestion(Request, frozen=True, kw_only=True):
    """A question about the name of the sender's address, or back from that name to an address."""

    name: Annotated[str, DataItem.SENDER_IP]


class SenderDomainQuestion(Request, frozen=True, kw_only=True):
    """A question whether the domain of an envelope sender could be answered."""

    name: Annotated[str, DataItem.SENDER_DOMAIN]


class DomainNameQuestion(Request, frozen=True, kw_only=True):
    """The name of a protected domain, in a question for one of its records."""

    name: Annotated[str, DataItem.DOMAIN_NAME]


class DomainRecordQuestion(Request, frozen=True, kw_only=True):
    """A question about a protected domain, or about a mail server that its records name."""

    name: Annotated[str, DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER]


class RecipientDomainQuestion(Request, frozen=True, kw_only=True):
    """A question about the mail servers of a recipient's domain: names, addresses, certificates, or how to secure
    mail for them."""

    name: Annotated[str, DataItem.RECIPIENT_DOMAIN]


class OwnDomainQuestion(Request, frozen=True, kw_only=True):
    """A question about a record that the organization publishes for its own domain."""

    name: Annotated[str, DataItem.DOMAIN_NAME]


DNS_REQUESTS: Mapping[str, type[Request]] = {
    "delivery": RecipientDomainQuestion,
    "dkim_signing": OwnDomainQuestion,
    "domains": DomainRecordQuestion,
    "ip_reputation": DnsListQuestion,
    "mta_sts": DomainRecordQuestion,
    "outbound": DomainNameQuestion,
    "reverse_dns": ReverseNameQuestion,
    "sender_filter": SenderDomainQuestion,
    "tls_peers": RecipientDomainQuestion,
    "tls_reports": RecipientDomainQuestion,
    "web_reputation": WebListQuestion,
}
"""What a DNS question carries, by the feature that asks; all others ask `DnsQuestion`."""


class AggregateReport(Request, frozen=True, kw_only=True):
    """A DMARC report to the owner of a domain, by mail: sums by source address and domains, and who reports."""

    source_ip: Annotated[str, DataItem.SENDER_IP]
    domains: Annotated[str, DataItem.SENDER_DOMAIN, DataItem.AUTHENTICATION_DOMAIN]
    envelope_to: Annotated[str, DataItem.DOMAIN_NAME]
    reporter: Annotated[str, DataItem.ORGANIZATION_NAME]


class EngineScan(Request, frozen=True, kw_only=True):
    """A whole mail for a local engine of the operator's, such as clamd."""

    raw: Annotated[bytes, DataItem.BODY]


@cache
def items_of(request: type[Request]) -> frozenset[DataItem]:
    """Every kind of data that a request type carries, read from its annotations."""
    found: set[DataItem] = set()
    for hint in get_type_hints(request, include_extras=True).values():
        if get_origin(hint) is Annotated:
            found.update(mark for mark in get_args(hint)[1:] if isinstance(mark, DataItem))
    return frozenset(found)


class Door:
    """Decides whether a request may leave, and counts it.

    `disclosures` is by feature name; `is_on(organization, feature)` answers from the policy snapshot.
    """

    def __init__(
        self, disclosures: Mapping[str, Disclosure], *, is_on: Callable[[UUID, str], bool], ledger: Ledger
    ) -> None:
        self._disclosures = disclosures
        self._is_on = is_on
        self._ledger = ledger

    def admit(self, feature: str, request: type[Request], *, destination: str, size: int) -> None:
        """Let one request of `size` bytes pass, or raise.

        Raises:
            Undeclared: the disclosure of `feature` does not name an item that `request` carries.
            SwitchedOff: some organization on whose behalf this happens has the feature off.
        """
        items = items_of(request)
        disclosure = self._disclosures.get(feature)
        if disclosure is None or not disclosure.permits(items):
            raise Undeclared(f"{feature} does not declare {sorted(item.name for item in items)} as sent")
        organizations = ON_BEHALF_OF.get()
        for organization in organizations:
            if not self._is_on(organization, feature):
                raise SwitchedOff(feature)
        for organization in organizations:
            self._ledger.count(organization, feature=feature, destination=destination, items=items, size=size)

    def dns(self, feature: str, name: str, kind: str) -> None:
        """The resolver's hook, called before each question leaves."""
        request = DNS_REQUESTS.get(feature, DnsQuestion)
        self.admit(feature, request, destination="DNS", size=len(name) + len(kind))
