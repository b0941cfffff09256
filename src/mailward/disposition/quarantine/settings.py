# SPDX-License-Identifier: Apache-2.0
"""How long held mails are kept."""

RETENTION_DAYS = 30
"""Days, as the notice says."""
