# SPDX-License-Identifier: Apache-2.0
"""A style sheet with selectors that nobody understands costs nothing and hides nothing."""

import pytest

from mailward.message import html


@pytest.mark.parametrize("selector", ["p[[", "a:::b", "p:nth-child(", "[data-x=", "::-moz-x(", "p >> ~ q", ".\\\\1"])
def test_a_selector_that_cannot_be_parsed_is_passed_over(selector):
    view = html.read(
        f"<style>{selector} {{display:none}} .gone {{display:none}}</style><p>seen</p><p class=gone>unseen</p>"
    )
    assert "seen" in view.text
