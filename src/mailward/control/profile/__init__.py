# SPDX-License-Identifier: Apache-2.0
"""Accounts of administrators: who they are, how they sign in, how long a session lives."""
