# SPDX-License-Identifier: Apache-2.0
"""Mailward: an e-mail security gateway that explains every decision and declares every datum."""

__version__ = "0.1.0"
