# SPDX-License-Identifier: Apache-2.0
"""Where a judged mail goes: out, or held."""
