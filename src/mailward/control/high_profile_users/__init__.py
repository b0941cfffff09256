# SPDX-License-Identifier: Apache-2.0
"""People whose names are likely to be borrowed."""
