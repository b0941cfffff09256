# SPDX-License-Identifier: Apache-2.0
"""`python -m mailward` is `mailward`."""

from mailward.main import main

main()
