# SPDX-License-Identifier: Apache-2.0
"""The checks: each looks at a mail, answers one of four outcomes, and changes nothing."""
