# SPDX-License-Identifier: Apache-2.0
"""How well connections must be encrypted, by peer: those who bring mail, and those we bring it to."""
