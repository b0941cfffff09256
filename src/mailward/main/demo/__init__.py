# SPDX-License-Identifier: Apache-2.0
"""The demo: specimens of mail, canned DNS to judge them by, their senders, and a mail server to protect."""
