# SPDX-License-Identifier: Apache-2.0
"""The scan workers: processes without a way out, in which hostile bytes are taken apart."""
