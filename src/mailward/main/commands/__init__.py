# SPDX-License-Identifier: Apache-2.0
"""The groups of commands, one module for each noun."""
