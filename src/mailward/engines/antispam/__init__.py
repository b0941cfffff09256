# SPDX-License-Identifier: Apache-2.0
"""What speaks for and against a mail: named signals, each with evidence, whose weights add up.

`engine.signals` is the door. `survey` looks at a mail once; the families of signals (`identity`,
`links`, `pages`, `structure`, `routing`, `attachments`, `lures`, `bec`, `bulk`, `calm`) read the survey.
"""
