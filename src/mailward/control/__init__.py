# SPDX-License-Identifier: Apache-2.0
"""What an organization is and who may do what in it: domains, people, accounts."""
