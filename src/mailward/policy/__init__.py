# SPDX-License-Identifier: Apache-2.0
"""Who, what, then: rules compiled into a snapshot that the data plane carries in memory."""
