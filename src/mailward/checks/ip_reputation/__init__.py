# SPDX-License-Identifier: Apache-2.0
"""Judge who connects by its address: own lists, countries, DNS block lists, and what it sent us before."""
