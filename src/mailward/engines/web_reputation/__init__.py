# SPDX-License-Identifier: Apache-2.0
"""What is known of a web address without opening it: its shape, and the lists that name it.

Nothing is ever fetched. Who opens a stranger's address tells the stranger that the mailbox exists, and
uses up the one-time link that a person was sent.
"""
