# SPDX-License-Identifier: Apache-2.0
"""The domains that an organization protects, and the servers behind them."""
