# SPDX-License-Identifier: Apache-2.0
"""The engines: what looks at hostile bytes, and the workers in which it happens."""
