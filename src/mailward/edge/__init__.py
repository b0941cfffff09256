# SPDX-License-Identifier: Apache-2.0
"""Where mail comes in: the SMTP server. It keeps the protocol and its limits, and judges nothing;
what it takes goes through a `Journey`, and only the journey's word makes a 250."""
