# SPDX-License-Identifier: Apache-2.0
"""Who really sent a mail: SPF, DKIM, DMARC and ARC, evaluated once on the bytes as they came."""
