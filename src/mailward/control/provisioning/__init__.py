# SPDX-License-Identifier: Apache-2.0
"""Organizations: the tenants of this system, each with a key of its own."""
