# SPDX-License-Identifier: Apache-2.0
"""Mail whose parts do not fit together, as when somebody has gone to trouble to seem who he is not."""
