# SPDX-License-Identifier: Apache-2.0
"""Mail that fishes for passwords and card numbers in somebody else's name."""
