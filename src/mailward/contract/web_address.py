# SPDX-License-Identifier: Apache-2.0
"""What is known of one web address of a mail. Nothing of it was learned by opening the address."""

from enum import StrEnum

import msgspec


class WebSource(StrEnum):
    """Who gave an address its score. `shape` is the look of the address itself."""

    SHAPE = "shape"
    LIST = "list"
    DNS_LIST = "dns_list"
    APPROVED = "approved"
    KEYWORD = "keyword"


class WebAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One web address, as a browser opens it, wrappers of other filters undone.

    `score` is 0 (worst) to 100. `untested` says who could not say anything, and why; "" if all could. An
    address that is untested and not bad is never called good. `marks` are what its shape owes the points that
    are missing to 100, by name, the heaviest first; `listed` names the list and its entry, `category` what the
    list says of it ("phishing", "malware", "spam", "good").
    """

    url: str
    host: str
    place: str
    score: int = 100
    source: WebSource = WebSource.SHAPE
    untested: str = ""
    marks: tuple[tuple[str, float], ...] = ()
    listed: str = ""
    category: str = ""
