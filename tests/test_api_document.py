# SPDX-License-Identifier: Apache-2.0
"""The catalog stands above the web floor, so the API's document names its rooms itself: both must agree."""

from mailward.catalog import FEATURES
from mailward.web.openapi import ROOMS


def test_every_room_with_routes_is_in_the_document():
    assert {feature.room for feature in FEATURES if feature.routes is not None} == set(ROOMS)
