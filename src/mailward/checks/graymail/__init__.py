# SPDX-License-Identifier: Apache-2.0
"""Newsletters, offers and notices that were asked for once, and that many people want out of the way."""
