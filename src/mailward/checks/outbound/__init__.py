# SPDX-License-Identifier: Apache-2.0
"""Mail that leaves: taken from registered servers alone, for senders of their own, within limits."""
