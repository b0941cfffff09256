# SPDX-License-Identifier: Apache-2.0
"""Writes country files in MaxMind's format, for tests."""

import ipaddress


def write(networks, *, bits=28, version=6, extra=b""):
    """The bytes of a file that knows `networks` (text: ISO code, or a raw record in bytes)."""
    tree, records, places = [[None, None]], b"", {}
    for text, code in networks.items():
        record = code if isinstance(code, bytes) else value({"country": {"iso_code": code, "names": {"en": "x"}}})
        places[text] = len(records)
        records += record
    for text in networks:
        network = ipaddress.ip_network(text)
        length = network.prefixlen + (96 if version == 6 and network.version == 4 else 0)
        number = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        node = 0
        for place in range(length - 1, -1, -1):
            side = number >> place & 1 if place < network.prefixlen else 0
            if place == 0:
                tree[node][side] = ("data", places[text])
            else:
                if not isinstance(tree[node][side], int):
                    tree.append([None, None])
                    tree[node][side] = len(tree) - 1
                node = tree[node][side]
    count = len(tree)

    def number_of(side):
        if side is None:
            return count
        return side if isinstance(side, int) else count + 16 + side[1]

    body = b"".join(_node(number_of(left), number_of(right), bits) for left, right in tree)
    facts = {"node_count": count, "record_size": bits, "ip_version": version, "build_epoch": 1790000000}
    return body + b"\0" * 16 + records + extra + b"\xab\xcd\xefMaxMind.com" + value(facts)


def value(thing):
    if isinstance(thing, dict):
        return _head(7, len(thing)) + b"".join(value(key) + value(item) for key, item in thing.items())
    if isinstance(thing, str):
        return _head(2, len(thing.encode())) + thing.encode()
    if isinstance(thing, bool):
        return _head(14, int(thing))
    if isinstance(thing, list):
        return _head(11, len(thing)) + b"".join(map(value, thing))
    data = thing.to_bytes((thing.bit_length() + 7) // 8, "big")
    return _head(6, len(data)) + data


def pointer(to):
    assert to < 2048
    return bytes([1 << 5 | to >> 8, to & 0xFF])


def _head(kind, size):
    rest = b""
    if size >= 29:
        assert size < 285
        size, rest = 29, bytes([size - 29])
    return bytes([kind << 5 | size]) + rest if kind < 8 else bytes([size, kind - 7]) + rest


def _node(left, right, bits):
    if bits == 28:
        middle = (left >> 24) << 4 | right >> 24
        return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")
    return left.to_bytes(bits // 8, "big") + right.to_bytes(bits // 8, "big")
