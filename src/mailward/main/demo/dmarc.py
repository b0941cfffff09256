# SPDX-License-Identifier: Apache-2.0
"""Four weeks of DMARC reports about the demo's domain: its own server, a newsletter service that does not sign for
it, a mailing list, and somebody who borrows its name."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from mailward.contract.dmarc_report import Override, Permission, Published, Report, Row, Signature
from mailward.main.demo import organization
from mailward.main.node import Node
from mailward.policy import store as policy
from mailward.records.dmarc_reports.service import keep_all

DAYS = 28
ADDRESS = f"dmarc@{organization.DOMAIN}"
REPORTERS = ("harborlane.test", "cloudshelf.test")
_SATURDAY = 5


async def bring_reports(node: Node, owner: UUID) -> None:
    """Keep the reports of the last weeks for the demo's organization."""
    today = node.clock.now().date()
    made = tuple(report for back in range(1, DAYS + 1) for report in _reports(today - timedelta(days=back)))
    await keep_all(node.database, owner, made, by="the demo", clock=node.clock)
    async with node.database.scoped(owner) as connection:
        await policy.change_settings(connection, owner, "dmarc_reports", {"report_address": ADDRESS})


def _reports(day: date) -> Iterator[Report]:
    begin = int(datetime.combine(day, time(), UTC).timestamp())
    for number, reporter in enumerate(REPORTERS):
        yield Report(
            organization=reporter,
            email=f"dmarc-noreply@{reporter}",
            report_id=f"{day}.{organization.DOMAIN}@{reporter}",
            begin=begin,
            end=begin + 86399,
            published=Published(domain=organization.DOMAIN, p="reject", adkim="s", aspf="s"),
            rows=tuple(_rows(day, number)),
        )


def _rows(day: date, number: int) -> Iterator[Row]:
    chance = (day.toordinal() * 37 + number * 11) % 29
    working = 1 if day.weekday() < _SATURDAY else 4
    domain = organization.DOMAIN
    yield _row("192.0.2.25", (160 + 4 * chance) // working, passed=True, signer=domain, sender=domain)
    if day.weekday() in (1, 3):
        for last in (40, 41):
            yield _row(
                f"198.51.100.{last}", 40 + chance, disposition="reject", signer="newsletter-works.test",
                sender="bounce.newsletter-works.test",
            )  # fmt: skip
    yield _row(
        "198.51.100.90", 3 + chance % 4, signer=domain, signature="fail", sender="lists.bicycle-club.test",
        override=Override("mailing_list"),
    )  # fmt: skip
    if chance % 3 == 0:
        yield _row("203.0.113.7", 2 + chance, disposition="reject", sender=domain, permission="fail")


def _row(
    address: str, count: int, *, passed: bool = False, disposition: str = "none", signer: str = "",
    signature: str = "pass", sender: str, permission: str = "pass", override: Override | None = None,
) -> Row:  # fmt: skip
    outcome = "pass" if passed else "fail"
    return Row(
        source_ip=address,
        count=count,
        disposition=disposition,
        dkim=outcome,
        spf=outcome,
        header_from=organization.DOMAIN,
        envelope_from=sender,
        overrides=(override,) if override else (),
        signatures=(Signature(signer, "s2026", signature),) if signer else (),
        permissions=(Permission(sender, "mfrom", permission),),
    )
