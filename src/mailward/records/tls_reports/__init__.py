# SPDX-License-Identifier: Apache-2.0
"""TlsReports: say in one sentence why this room exists."""
