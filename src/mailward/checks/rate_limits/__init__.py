# SPDX-License-Identifier: Apache-2.0
"""How much one address, sender, recipient or organization may take of us, and an end to guessing addresses."""
