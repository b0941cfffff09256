# SPDX-License-Identifier: Apache-2.0
"""DMARC aggregate reports in both directions: what we saw of others' domains, and what others saw of ours."""
