# SPDX-License-Identifier: Apache-2.0
"""The checks: each looks at a mail, answers with a finding, and changes nothing."""
