# SPDX-License-Identifier: Apache-2.0
"""What leaves is declared, what is stored is declared, and the notice says so."""

import pytest

from mailward.catalog import FEATURES
from mailward.contract.data import DataItem
from mailward.egress.door import Request, items_of
from mailward.kit.database.schema import METADATA

DISCLOSURES = {feature.name: feature.disclosure for feature in FEATURES}
FEATURELESS = {"policy", "egress", "schedule"}
"""Floors that keep tables without being rooms: rules and sums, nothing about people."""


def request_types():
    found, waiting = set(), [Request]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found.add(kind)
            waiting.append(kind)
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", request_types(), ids=lambda kind: kind.__name__)
def test_every_request_type_names_its_data_and_some_feature_declares_it(kind):
    items = items_of(kind)
    assert items, f"{kind.__name__} carries nothing that it names"
    assert any(disclosure.permits(items) for disclosure in DISCLOSURES.values())


@pytest.mark.parametrize("table", METADATA.tables.values(), ids=lambda table: table.name)
def test_a_table_answers_to_a_feature_and_its_data_are_disclosed(table):
    feature = table.info["feature"]
    items = {column.info["item"] for column in table.columns if column.info.get("item")}
    if feature in FEATURELESS:
        assert not items
        return
    disclosure = DISCLOSURES[feature]
    assert items <= disclosure.collects, f"{feature} stores {items - disclosure.collects} and does not say so"
    if table.info.get("retention_days") and disclosure.retention_days:
        assert table.info["retention_days"] <= disclosure.retention_days


def test_tables_of_organizations_lead_their_key_with_it():
    for table in METADATA.tables.values():
        if table.name not in {"lease_holders", "job_runs"}:
            assert next(iter(table.primary_key.columns)).name == "organization_id", table.name


def test_every_kind_of_data_has_words():
    assert all(len(item.value) > 5 for item in DataItem)
