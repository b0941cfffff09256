# SPDX-License-Identifier: Apache-2.0
"""Why a domain cannot be had."""


class DomainTaken(Exception):  # noqa: N818 - reads better where it is caught
    """This organization has the domain already, or another organization is its proved owner."""


class NoSuchDomain(Exception):  # noqa: N818 - idem
    """The organization has no such domain."""
