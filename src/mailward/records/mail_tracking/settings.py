# SPDX-License-Identifier: Apache-2.0
"""How long tracked mails are kept."""

RETENTION_DAYS = 90
"""Days, as the notice says."""
