# SPDX-License-Identifier: Apache-2.0
"""From counts to reports that go out: to whom, with what in them, and what became of them."""
