# SPDX-License-Identifier: Apache-2.0
"""The manifest of the protected domains."""

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="domains",
    room="control.domains",
    title="Domains",
    console="Domains",
    disclosure=Disclosure(
        does="Keeps the names of protected domains and of the mail servers behind them, to know which mail to take"
        " and where to bring it.",
        disabling_costs="A domain that is deleted is no longer protected: mail for it is refused.",
        collects=frozenset({DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER, DataItem.RECIPIENT_ADDRESS}),
        removed=Removal.DOMAIN_DELETION,
    ),
)
