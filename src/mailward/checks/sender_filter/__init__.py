# SPDX-License-Identifier: Apache-2.0
"""Approved and blocked senders, and senders whose domain does not exist."""
