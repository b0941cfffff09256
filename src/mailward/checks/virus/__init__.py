# SPDX-License-Identifier: Apache-2.0
"""Virus scan: what the built-in rules and, where there is one, the operator's clamd say of a mail."""
