# SPDX-License-Identifier: Apache-2.0
"""The manifest of the virus scan."""

from mailward.checks.virus.hooks import examine
from mailward.checks.virus.settings import VirusSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="virus",
    room="checks.virus",
    title="Virus scan",
    console="Inbound > Virus scan",
    settings=VirusSettings,
    disclosure=Disclosure(
        does="Looks for malware in mails, their attachments and the archives and documents inside them, with rules"
        " that ship with Mailward and, where you configure one, with your own clamd. Files are examined in memory"
        " by confined processes on your machine.",
        disabling_costs="Mail that carries malware is delivered unless another check catches it.",
        collects=frozenset(
            {DataItem.ATTACHMENT_NAME, DataItem.ATTACHMENT_DIGEST, DataItem.ATTACHMENT_CONTENT, DataItem.VERDICT}
        ),
        sends=(
            Sending(
                to="clamd, an antivirus engine that you run yourself and whose address you enter; nobody by default",
                items=frozenset({DataItem.BODY, DataItem.ATTACHMENT_CONTENT}),
                purpose="To have the whole mail compared with the signatures of known malware.",
            ),
        ),
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
