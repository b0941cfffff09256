# SPDX-License-Identifier: Apache-2.0
"""The one door out: every question to somebody else's service passes here, declared and counted."""
