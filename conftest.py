# SPDX-License-Identifier: Apache-2.0
"""What every test may rely on: no deadlines on a busy machine, and the shared fixtures."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["postgresql", "tenants", "application"]

settings.register_profile("mailward", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mailward")
