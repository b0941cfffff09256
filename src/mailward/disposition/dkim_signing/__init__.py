# SPDX-License-Identifier: Apache-2.0
"""Our signature on mail that leaves in the name of a domain of ours, and the keys behind it."""
