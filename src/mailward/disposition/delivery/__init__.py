# SPDX-License-Identifier: Apache-2.0
"""Bringing accepted mail to the server behind us, for as long as it takes."""
