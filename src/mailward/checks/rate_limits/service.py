# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: is this too much? And the door that stays shut for whoever guesses addresses.

What is refused is not counted, so that a peer that keeps trying gets its share. Connections from this
machine itself are not limited. Counts live in the process; with several each has its own.
"""

import ipaddress
from collections.abc import Hashable  # noqa: TC003 - as everywhere, imported plainly
from uuid import UUID

import structlog

from mailward.checks.rate_limits.recording import Key, LimitRecord, Note, to_nobody
from mailward.checks.rate_limits.settings import Rate, RateLimitSettings
from mailward.checks.rate_limits.shapes import Limit
from mailward.checks.rate_limits.windows import Windows
from mailward.contract.envelope import Connection
from mailward.contract.reply import TempFail
from mailward.kit.clock import Clock
from mailward.policy.snapshot import OrganizationPolicy

__all__ = ["LimitRecord", "RateLimits"]

log = structlog.get_logger()

FEATURE_NAME = "rate_limits"
MAX_PENALTIES = 50_000
_V6_SITE = 64


class RateLimits:
    """The counts of one process, for all organizations."""

    def __init__(self, clock: Clock, note: Note = to_nobody) -> None:
        self._clock = clock
        self._note = note
        self._windows = Windows()
        self._penalties: dict[str, float] = {}

    def greet(self, connection: Connection) -> None:
        """Somebody connects. Raises TempFail while the address has a penalty for guessing."""
        if not self._penalties:
            return
        site = _site(connection.peer_ip)
        until, now = self._penalties.get(site, 0.0), self._clock.monotonic()
        if until > now:
            raise _guessing(connection.peer_ip, until - now)
        self._penalties.pop(site, None)

    def count(self, policy: OrganizationPolicy, connection: Connection, sender: str, recipient: str) -> None:
        """One more mail for one more recipient. Raises TempFail if that is too much."""
        settings = _settings(policy)
        site = _site(connection.peer_ip)
        if not settings.enabled or not site:
            return
        now, organization = self._clock.monotonic(), policy.id
        counted: list[tuple[Hashable, Rate]] = []
        for what, who, rate, words in (
            (Limit.ADDRESS, site, settings.per_address, f"from your address {connection.peer_ip}"),
            (Limit.SENDER, sender.lower(), settings.per_sender, "from this sender"),
            (Limit.RECIPIENT, recipient.lower(), settings.per_recipient, "for this recipient"),
            (Limit.ORGANIZATION, "-", settings.organization, "for this organization"),
        ):
            if not rate.most or not who:
                continue
            key: Hashable = (what, organization, who)
            if self._windows.count(key, rate.seconds, now) + 1 > rate.most:
                log.info("rate_limits.refused", what=what, organization=str(organization), peer_ip=connection.peer_ip)
                self._note(_key(organization, what, who), None)
                raise TempFail(
                    450, "4.7.1", f"too much mail {words}: at most {rate.most} within {rate.seconds} seconds;"
                    " please try again later",
                )  # fmt: skip
            counted.append((key, rate))
        for key, rate in counted:
            self._windows.add(key, rate.seconds, now)

    def unknown_recipient(self, policy: OrganizationPolicy, connection: Connection) -> None:
        """An address that does not exist was asked for. Raises TempFail 421, and remembers the penalty, if
        this was one too many."""
        settings = _settings(policy)
        rate, site, now = settings.unknown_recipients, _site(connection.peer_ip), self._clock.monotonic()
        if not settings.enabled or not site or not rate.most:
            return
        key = ("unknown", policy.id, site)
        self._windows.add(key, rate.seconds, now)
        if self._windows.count(key, rate.seconds, now) <= rate.most:
            return
        if len(self._penalties) >= MAX_PENALTIES:
            self._penalties = {site: until for site, until in self._penalties.items() if until > now}
        if len(self._penalties) < MAX_PENALTIES:
            self._penalties[site] = now + settings.penalty_seconds
        log.warning("rate_limits.guessing", organization=str(policy.id), peer_ip=connection.peer_ip,
                    seconds=settings.penalty_seconds)  # fmt: skip
        self._note(_key(policy.id, Limit.GUESSING, site), settings.penalty_seconds)
        raise _guessing(connection.peer_ip, settings.penalty_seconds)


def _key(organization: UUID, what: Limit, who: str) -> Key:
    """Whom to note: an address of the network, a mail address, or nobody in particular."""
    if what is Limit.ORGANIZATION:
        return organization, what, "", ""
    return (organization, what, "", who) if what in (Limit.SENDER, Limit.RECIPIENT) else (organization, what, who, "")


def _settings(policy: OrganizationPolicy) -> RateLimitSettings:
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, RateLimitSettings)
    return settings


def _guessing(peer_ip: str, seconds: float) -> TempFail:
    minutes = max(1, round(seconds / 60))
    return TempFail(
        421,
        "4.7.1",
        f"too many unknown recipients were asked for from {peer_ip}; please try again in {minutes} minutes",
    )


def _site(peer_ip: str) -> str:
    """Whom a limit counts: an IPv4 address or an IPv6 network of 64 bits; "" for this machine itself."""
    try:
        address = ipaddress.ip_address(peer_ip)
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    if address.version == 4:  # noqa: PLR2004 - the version's name
        return peer_ip
    return str(ipaddress.ip_network((int(address), _V6_SITE), strict=False))
