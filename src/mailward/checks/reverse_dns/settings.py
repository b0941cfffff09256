# SPDX-License-Identifier: Apache-2.0
"""The options of the reverse DNS rules."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings

NAME = r"^(\*\.)?[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$"
MAX_RULES = 1000

Name = Annotated[str, msgspec.Meta(max_length=253, pattern=NAME)]
Missing = Annotated[bool, msgspec.Meta(title="Refuse without a name", description="The address has no PTR record.")]
Invalid = Annotated[
    bool,
    msgspec.Meta(
        title="Refuse a false name", description="None of the names that the address claims leads back to it."
    ),
]


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What is demanded of the address that brings the mail."""

    refuse_missing: Missing = False
    refuse_invalid: Invalid = False


class ReverseDnsRule(Demand, frozen=True, kw_only=True):
    """For mail of one envelope sender domain; `*.example.com` for all below it. The most specific rule counts."""

    sender_domain: Annotated[Name, msgspec.Meta(title="Sender domain")]


class ReverseDnsSettings(Settings, frozen=True, kw_only=True):
    """What is demanded, for whom. By default nothing, and nothing is asked."""

    enabled: Annotated[bool, msgspec.Meta(title="Use these rules")] = True
    default: Annotated[Demand, msgspec.Meta(title="Default", description="Where no other rule applies.")] = Demand()
    empty_sender: Annotated[
        Demand, msgspec.Meta(title="Empty sender", description="For notices, whose envelope sender is empty.")
    ] = Demand()
    rules: Annotated[
        tuple[ReverseDnsRule, ...], msgspec.Meta(title="Rules by sender domain", max_length=MAX_RULES)
    ] = ()
    blocked_names: Annotated[
        tuple[Name, ...],
        msgspec.Meta(
            title="Blocked names",
            description="Servers that are called so, or anything below it, are refused.",
            examples=[["dynamic.isp.test"]],
            max_length=MAX_RULES,
        ),
    ] = ()
    excepted_names: Annotated[
        tuple[Name, ...],
        msgspec.Meta(
            title="Exceptions",
            description="Names below blocked ones that are heard, if they lead back to the address.",
            max_length=MAX_RULES,
        ),
    ] = ()
