# SPDX-License-Identifier: Apache-2.0
"""From bytes of strangers to reports, within bounds: this part runs in a scan worker."""
