# SPDX-License-Identifier: Apache-2.0
"""One row per recipient of every mail, and a timeline of all that happened to it."""
