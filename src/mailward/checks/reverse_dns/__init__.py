# SPDX-License-Identifier: Apache-2.0
"""Refuse servers whose address has no name, or a name that does not lead back to it."""
