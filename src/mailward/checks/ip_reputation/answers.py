# SPDX-License-Identifier: Apache-2.0
"""What a refused peer hears: what is against its address, and where its owner can turn to."""

from mailward.checks.ip_reputation.dns_lists import Listing
from mailward.contract.reply import PermFail, Refused, TempFail
from mailward.kit.networks import Address


def blocked(address: Address) -> PermFail:
    """The organization blocked the address itself."""
    return _never(f"{address} is blocked by the recipient's organization")


def country(address: Address, code: str) -> PermFail:
    """The organization takes no mail from the country of the address."""
    return _never(f"the recipient's organization takes no mail from the country of {address} ({code})")


def listed(address: Address, listing: Listing) -> Refused:
    """The address stands on a DNS block list."""
    text = f"{address} is on the block list {listing.by.zone} (answer {listing.code})"
    if listing.by.help:
        text += f"; see {listing.by.help.replace('{ip}', str(address))}"
    if listing.by.temporary:
        return TempFail(450, "4.7.1", f"{text}; please try again later")
    return PermFail(550, "5.7.1", f"{text}; ask the list's operator to remove it")


def penalty(address: Address, seconds: float) -> TempFail:
    """Too much of what the address sent us was bad."""
    minutes = max(1, round(seconds / 60))
    return TempFail(
        450, "4.7.1", f"too much unwanted mail came from {address} lately; please try again in {minutes} minutes"
    )


def _never(why: str) -> PermFail:
    return PermFail(550, "5.7.1", f"{why}; ask its postmaster if this is a mistake")
