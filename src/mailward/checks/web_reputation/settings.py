# SPDX-License-Identifier: Apache-2.0
"""The options of the web reputation. Approved addresses and keywords are lists with an API of their own."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mailward.contract.feature import Settings
from mailward.engines.web_reputation.levels import Level
from mailward.engines.web_reputation.lists import Category

ANY_CODE = "127.0.0.2-127.0.0.254"
CODE = r"^127(\.\d{1,3}){3}(-127(\.\d{1,3}){3}|/\d{1,2})?$"


class Untested(StrEnum):
    """What becomes of a mail with an address that could not be tested, and no bad one."""

    RECORD = "record"
    FAIL = "fail"


class WebDnsList(msgspec.Struct, frozen=True, kw_only=True):
    """One DNS list of domains."""

    zone: Annotated[
        str,
        msgspec.Meta(
            title="Zone",
            description="The name that is put behind the domain.",
            pattern=r"^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+$",
            max_length=150,
        ),
    ]
    category: Annotated[Category, msgspec.Meta(title="What it lists")] = Category.SPAM
    codes: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=CODE)], ...],
        msgspec.Meta(
            title="Answers that mean listed",
            description="Single addresses, ranges or networks within 127.0.0.0/8. 127.0.0.1 and 127.255.255.x never"
            " count: lists use them to report errors.",
            examples=[["127.0.1.2-127.0.1.99"]],
            min_length=1,
            max_length=50,
        ),
    ] = (ANY_CODE,)
    test_entry: Annotated[
        str,
        msgspec.Meta(
            title="Test entry",
            description="A domain that the list always names. Most name test (RFC 5782); yours may say another.",
            pattern=r"^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$",
            max_length=100,
        ),
    ] = "test"


class WebReputationSettings(Settings, frozen=True, kw_only=True):
    """Whether web addresses are judged, by whom, and how readily."""

    enabled: Annotated[
        bool, msgspec.Meta(title="Judge web addresses", description="Off: no mail is caught for where it leads.")
    ] = True
    level: Annotated[
        Level,
        msgspec.Meta(
            title="Catch rate",
            description="From the most conservative (lowest: scores below 21 of 100) to the most aggressive (highest:"
            " below 81). The default catches what is dangerous: below 51. An address on a list is caught at every"
            " level.",
        ),
    ] = Level.MODERATELY_HIGH
    shape: Annotated[
        bool,
        msgspec.Meta(
            title="Judge by shape",
            description="Addresses that no list knows are judged by what they look like. Off: only lists count.",
        ),
    ] = True
    untested: Annotated[
        Untested,
        msgspec.Meta(
            title="Untested addresses",
            description="If a list could not be asked, or a limit was reached: record it, or treat the mail as one that"
            " could not be scanned. What then happens is the rule's choice.",
        ),
    ] = Untested.RECORD
    lists: Annotated[
        tuple[WebDnsList, ...],
        msgspec.Meta(
            title="DNS lists",
            description="Asked about the registered names of the hosts in a mail. None by default: each list has terms"
            " of use of its own.",
            max_length=10,
        ),
    ] = ()
