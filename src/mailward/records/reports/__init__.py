# SPDX-License-Identifier: Apache-2.0
"""Numbers about mail, counted from the records."""
