# SPDX-License-Identifier: Apache-2.0
"""The HTTP side: it assembles the routes of the rooms into one application, and guards them alike."""
