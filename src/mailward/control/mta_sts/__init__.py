# SPDX-License-Identifier: Apache-2.0
"""Our own MTA-STS policies (RFC 8461): what senders must see before they bring mail for a protected domain."""
