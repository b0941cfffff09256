# SPDX-License-Identifier: Apache-2.0
"""The ground floor: clock, identifiers, database, bodies, keys, paging, logging. It knows no mail."""
