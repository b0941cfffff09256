# SPDX-License-Identifier: Apache-2.0
"""How well a connection must be encrypted, by peer: what we ask of those who bring mail, and of those we bring it to."""
