# SPDX-License-Identifier: Apache-2.0
"""MtaSts: say in one sentence why this room exists."""
