# SPDX-License-Identifier: Apache-2.0
"""Refuse mail for people who do not exist while the sender is still on the line."""
