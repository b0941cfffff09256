# SPDX-License-Identifier: Apache-2.0
"""Every room of the house, one line each. Nothing else registers a feature.

The order of the checks is the order in which they are asked.
"""

from mailward.checks.authentication.feature import FEATURE as AUTHENTICATION
from mailward.checks.bec.feature import FEATURE as BEC
from mailward.checks.graymail.feature import FEATURE as GRAYMAIL
from mailward.checks.ip_reputation.feature import FEATURE as IP_REPUTATION
from mailward.checks.outbound.feature import FEATURE as OUTBOUND
from mailward.checks.phishing.feature import FEATURE as PHISHING
from mailward.checks.rate_limits.feature import FEATURE as RATE_LIMITS
from mailward.checks.recipient_filter.feature import FEATURE as RECIPIENT_FILTER
from mailward.checks.reverse_dns.feature import FEATURE as REVERSE_DNS
from mailward.checks.sender_filter.feature import FEATURE as SENDER_FILTER
from mailward.checks.social_engineering.feature import FEATURE as SOCIAL_ENGINEERING
from mailward.checks.spam.feature import FEATURE as SPAM
from mailward.checks.tls_peers.feature import FEATURE as TLS_PEERS
from mailward.checks.virus.feature import FEATURE as VIRUS
from mailward.checks.web_reputation.feature import FEATURE as WEB_REPUTATION
from mailward.control.directory_import.feature import FEATURE as DIRECTORY_IMPORT
from mailward.control.domains.feature import FEATURE as DOMAINS
from mailward.control.high_profile_users.feature import FEATURE as HIGH_PROFILE_USERS
from mailward.control.mta_sts.feature import FEATURE as MTA_STS
from mailward.control.profile.feature import FEATURE as PROFILE
from mailward.control.provisioning.feature import FEATURE as PROVISIONING
from mailward.disposition.arc_sealing.feature import FEATURE as ARC_SEALING
from mailward.disposition.delivery.feature import FEATURE as DELIVERY
from mailward.disposition.dkim_signing.feature import FEATURE as DKIM_SIGNING
from mailward.disposition.quarantine.feature import FEATURE as QUARANTINE
from mailward.records.dmarc_reports.feature import FEATURE as DMARC_REPORTS
from mailward.records.mail_tracking.feature import FEATURE as MAIL_TRACKING
from mailward.records.reports.feature import FEATURE as REPORTS
from mailward.records.tls_reports.feature import FEATURE as TLS_REPORTS

FEATURES = (
    PROFILE,
    PROVISIONING,
    DOMAINS,
    DIRECTORY_IMPORT,
    HIGH_PROFILE_USERS,
    IP_REPUTATION,
    REVERSE_DNS,
    RATE_LIMITS,
    SENDER_FILTER,
    RECIPIENT_FILTER,
    OUTBOUND,
    AUTHENTICATION,
    VIRUS,
    PHISHING,
    BEC,
    SOCIAL_ENGINEERING,
    WEB_REPUTATION,
    SPAM,
    GRAYMAIL,
    DELIVERY,
    DKIM_SIGNING,
    ARC_SEALING,
    QUARANTINE,
    MAIL_TRACKING,
    REPORTS,
    TLS_PEERS,
    MTA_STS,
    DMARC_REPORTS,
    TLS_REPORTS,
)

CHECKS = tuple(feature for feature in FEATURES if feature.examine is not None)
