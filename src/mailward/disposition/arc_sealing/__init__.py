# SPDX-License-Identifier: Apache-2.0
"""Our seal on mail that we changed: what we had found before we did it."""
