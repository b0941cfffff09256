# SPDX-License-Identifier: Apache-2.0
"""Unasked mail that sells, begs or tempts."""
