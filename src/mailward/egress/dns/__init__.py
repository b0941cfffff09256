# SPDX-License-Identifier: Apache-2.0
"""DNS questions: an own stub resolver, because each mail asks several and each must name its feature."""
