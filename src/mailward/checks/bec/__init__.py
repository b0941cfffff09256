# SPDX-License-Identifier: Apache-2.0
"""Mail in the name of a boss, a colleague or a supplier that asks for money, gift cards or a changed account."""
