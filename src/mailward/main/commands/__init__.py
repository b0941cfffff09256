# SPDX-License-Identifier: Apache-2.0
"""Command groups, one module per noun: each works on this node's database, whether the node runs or not."""
