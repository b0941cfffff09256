# SPDX-License-Identifier: Apache-2.0
"""The words that all rooms share: what a mail, a finding, a decision and a disclosure are.

Nothing here does anything. Each module holds frozen structs, so that a value can cross from a
worker process to the SMTP process, into the database and out of the API without changing shape.
"""
