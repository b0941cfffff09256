# SPDX-License-Identifier: Apache-2.0
"""The addresses that exist, brought as a list, so that mail for others is refused at the door."""
