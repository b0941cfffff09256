# SPDX-License-Identifier: Apache-2.0
"""The catalog stands above the web floor, so the API's document names its rooms itself: both must agree."""

from collections.abc import Iterable

from mailward.catalog import FEATURES
from mailward.contract.feature import Feature
from mailward.web.openapi import ROOMS


def test_every_room_with_routes_is_in_the_document():
    assert _routed(FEATURES) == _routed(ROOMS)


def _routed(features: Iterable[Feature]) -> set[str]:
    return {feature.name for feature in features if feature.routes is not None}
