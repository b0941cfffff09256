# SPDX-License-Identifier: Apache-2.0
"""What is known of the web addresses in a mail: lists, and what they look like. None is ever opened."""
