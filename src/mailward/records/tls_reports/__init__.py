# SPDX-License-Identifier: Apache-2.0
"""TLS reports (RFC 8460): what we tell others of our sessions with their servers, and what others tell us."""
