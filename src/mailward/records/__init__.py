# SPDX-License-Identifier: Apache-2.0
"""What happened, kept for as long as promised and no longer."""
