# SPDX-License-Identifier: Apache-2.0
"""The manifest of the spam check."""

from mailward.checks.spam.hooks import examine
from mailward.checks.spam.settings import SpamSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="spam",
    room="checks.spam",
    title="Spam",
    console="Inbound > Spam filtering > Spam",
    settings=SpamSettings,
    disclosure=Disclosure(
        does="Judges whether a mail is unasked advertising or a swindle for money, from its words, links, build"
        " and path, by signals that each have a name and are shown with their weight. All of it happens on"
        " your machine.",
        disabling_costs="Spam is delivered unless another check catches it.",
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
