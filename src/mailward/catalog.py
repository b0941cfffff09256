# SPDX-License-Identifier: Apache-2.0
"""Every room of the house, one line each. Nothing else registers a feature.

The order of the checks is the order in which they are asked.
"""

from mailward.checks.authentication.feature import FEATURE as AUTHENTICATION
from mailward.checks.recipient_filter.feature import FEATURE as RECIPIENT_FILTER
from mailward.checks.virus.feature import FEATURE as VIRUS
from mailward.control.directory_import.feature import FEATURE as DIRECTORY_IMPORT
from mailward.control.domains.feature import FEATURE as DOMAINS
from mailward.control.high_profile_users.feature import FEATURE as HIGH_PROFILE_USERS
from mailward.control.profile.feature import FEATURE as PROFILE
from mailward.control.provisioning.feature import FEATURE as PROVISIONING
from mailward.disposition.delivery.feature import FEATURE as DELIVERY
from mailward.disposition.quarantine.feature import FEATURE as QUARANTINE
from mailward.records.mail_tracking.feature import FEATURE as MAIL_TRACKING
from mailward.records.reports.feature import FEATURE as REPORTS

FEATURES = (
    PROFILE,
    PROVISIONING,
    DOMAINS,
    DIRECTORY_IMPORT,
    HIGH_PROFILE_USERS,
    RECIPIENT_FILTER,
    AUTHENTICATION,
    VIRUS,
    DELIVERY,
    QUARANTINE,
    MAIL_TRACKING,
    REPORTS,
)

CHECKS = tuple(feature for feature in FEATURES if feature.examine is not None)
