# SPDX-License-Identifier: Apache-2.0
"""The built-in antivirus engine: our own YARA rules over every part, and over what archives hold."""
