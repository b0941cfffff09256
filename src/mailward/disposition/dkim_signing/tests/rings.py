# SPDX-License-Identifier: Apache-2.0
"""Organizations that can sign, and the records that their keys need, without a database."""

import dataclasses
from datetime import UTC, datetime

from mailward.disposition.dkim_signing import keys
from mailward.disposition.dkim_signing.keys import Algorithm, SigningKey
from mailward.disposition.dkim_signing.service import SigningKeys
from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.kit.ids import new_id
from policies import organization

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def signing_organization(*algorithms: Algorithm, domain="example.test", settings=None, more=None):
    """The organization, and its records by name."""
    policy = organization({"dkim_signing": settings or DkimSigningSettings(), **(more or {})})
    records, made = {}, []
    for algorithm in algorithms:
        pair, identifier = keys.make(algorithm, 2048), new_id(AT)
        sealed = policy.key.seal(pair.private, context=keys.place_of(policy.id, identifier))
        selector = f"mw{algorithm.value}"
        made.append(SigningKey(identifier, policy.id, domain, selector, algorithm, sealed))
        records[f"{selector}._domainkey.{domain}"] = keys.record_of(algorithm, pair.public).encode()
    compiled = {"dkim_signing": SigningKeys({domain: tuple(made)} if made else {})}
    return dataclasses.replace(policy, compiled=compiled), records
