# SPDX-License-Identifier: Apache-2.0
"""Mail that is held: seen, released or deleted by people, and purged when its time is over."""
