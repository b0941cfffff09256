# SPDX-License-Identifier: Apache-2.0
"""The manifest of the graymail check."""

from mailward.checks.graymail.hooks import examine
from mailward.checks.graymail.settings import GraymailSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="graymail",
    room="checks.graymail",
    title="Graymail",
    console="Inbound > Spam filtering > Graymail",
    settings=GraymailSettings,
    disclosure=Disclosure(
        does="Tells bulk mail that was probably asked for (newsletters, offers, notices of networks and forums)"
        " from personal mail and from spam. All of it happens on your machine.",
        disabling_costs="Newsletters and notices arrive like any other mail.",
        collects=frozenset(
            {
                DataItem.SENDER_ADDRESS,
                DataItem.RECIPIENT_ADDRESS,
                DataItem.PERSON_NAME,
                DataItem.MESSAGE_ID,
                DataItem.SUBJECT,
                DataItem.HEADERS,
                DataItem.ENVELOPE,
                DataItem.URL,
                DataItem.ATTACHMENT_NAME,
                DataItem.VERDICT,
            }
        ),
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
