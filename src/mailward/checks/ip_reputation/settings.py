# SPDX-License-Identifier: Apache-2.0
"""The options of the IP reputation. Approved and blocked addresses are lists with an API of their own."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166 code", examples=["NL"])]
Countries = Annotated[tuple[Country, ...], msgspec.Meta(max_length=300)]

ANY_CODE = "127.0.0.2-127.0.0.254"
"""What lists answer for "listed" unless they say otherwise (RFC 5782, 2.3)."""
CODE = r"^127(\.\d{1,3}){3}(-127(\.\d{1,3}){3}|/\d{1,2})?$"


RETENTION_DAYS = 30
"""Days without mail after which the experience with an address is forgotten."""


class DnsList(msgspec.Struct, frozen=True, kw_only=True):
    """One DNS block list."""

    zone: Annotated[
        str,
        msgspec.Meta(
            title="Zone",
            description="The name that is put behind the turned address.",
            pattern=r"^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+$",
            max_length=150,
        ),
    ]
    codes: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=CODE)], ...],
        msgspec.Meta(
            title="Answers that mean listed",
            description="Single addresses, ranges or networks within 127.0.0.0/8. 127.0.0.1 and 127.255.255.x never"
            " count: lists use them to report errors.",
            examples=[["127.0.0.2", "127.0.0.4-127.0.0.7"]],
            min_length=1,
            max_length=50,
        ),
    ] = (ANY_CODE,)
    temporary: Annotated[
        bool, msgspec.Meta(title="Only delay", description="Answer 450 (come again) instead of 550 (never).")
    ] = False
    help: Annotated[
        str,
        msgspec.Meta(
            title="Where senders can look",
            description="A web address for the refusal; {ip} stands for the sender's address.",
            max_length=200,
            pattern=r"^[ -~]*$",
        ),
    ] = ""


class IpReputationSettings(Settings, frozen=True, kw_only=True):
    """Whom to hear at all."""

    enabled: Annotated[
        bool, msgspec.Meta(title="Judge addresses", description="Off: nobody is refused for its address.")
    ] = True
    dynamic_level: Annotated[
        int,
        msgspec.Meta(
            title="Own experience",
            description="How readily an address that sends bad mail is asked to come again later: 0 never, 1 after"
            " long experience, 2 normal, 3 early, 4 after a single bad mail.",
            ge=0,
            le=4,
        ),
    ] = 2
    approved_countries: Annotated[
        Countries, msgspec.Meta(title="Approved countries", description="Never refused by lists or experience.")
    ] = ()
    blocked_countries: Annotated[
        Countries, msgspec.Meta(title="Blocked countries", description="Refused; or, with the next option, admitted.")
    ] = ()
    block_all_except: Annotated[
        bool,
        msgspec.Meta(
            title="Block all other countries",
            description="The list above names the countries that are admitted; all others are refused. An address"
            " whose country is not known is never refused for it.",
        ),
    ] = False
    lists: Annotated[
        tuple[DnsList, ...],
        msgspec.Meta(
            title="DNS block lists",
            description="Asked in this order. None by default: each list has terms of use of its own.",
            max_length=20,
        ),
    ] = ()
    approved_skip_spam: Annotated[
        bool,
        msgspec.Meta(
            title="Approved addresses bypass spam detection",
            description="Mail from an approved address is not judged as spam, graymail, phishing or fraud. It is"
            " always scanned for malware.",
        ),
    ] = False
