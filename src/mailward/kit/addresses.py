# SPDX-License-Identifier: Apache-2.0
"""Internet addresses as people and peers write them."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """The address, an IPv4 address in IPv6 clothes as IPv4; None if it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
