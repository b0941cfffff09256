# SPDX-License-Identifier: Apache-2.0
"""What `mailward authentication` does: the same door as the console's."""

from collections.abc import Sequence
from typing import Any

import msgspec

from mailward.checks.authentication.rules import RULES, Method, Rule
from mailward.checks.authentication.service import AuthenticationRulebook
from mailward.checks.authentication.shapes import DomainRules
from mailward.contract.principal import Principal
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import Wrong, work
from mailward.main.printing import print_line, print_table


def list_rules(place: Place) -> int:
    """Print what holds for every domain."""

    async def do(node: Node, who: Principal) -> list[DomainRules]:
        return (await _book(node).read(who.organization_id)).items

    def show(found: list[DomainRules]) -> None:
        rows = [(item, method) for item in found for method in Method]
        print_table(
            ("domain", "method", "from", "what follows"),
            ((item.domain or "default", method, _origin(item, method), _orders(item, method)) for item, method in rows),
        )

    return work(place, do, show)


def change(place: Place, method: str, options: Sequence[str], *, domain: str) -> int:
    """Change some options of a rule."""

    async def do(node: Node, who: Principal) -> Rule:
        kind, changes = _method(method), dict(map(_option, options))
        found = [item for item in (await _book(node).read(who.organization_id)).items if item.domain == domain.lower()]
        if not found:
            raise Wrong(f"{domain} is not a domain of this organization")
        before = msgspec.to_builtins(getattr(found[0], kind.value))
        rule = msgspec.convert({**before, **changes}, RULES[kind])
        after = await _book(node).write(who.organization_id, domain, rule, actor=who.email)
        return _rule(after, kind)

    return work(place, do, lambda _: print_line(f"{method} of {domain or 'the default'} holds from the next mail on"))


def reset(place: Place, method: str, *, domain: str) -> int:
    """Take a rule back."""

    async def do(node: Node, who: Principal) -> None:
        if not await _book(node).remove(who.organization_id, domain, _method(method)):
            raise Wrong(f"there is no rule for {method} of {domain or 'the default'} to take back")

    return work(place, do, lambda _: print_line(f"{method} of {domain or 'the default'} is as before"))


def _book(node: Node) -> AuthenticationRulebook:
    return AuthenticationRulebook(node.database, node.clock)


def _method(text: str) -> Method:
    if text not in set(Method):
        raise Wrong(f"there is no method {text!r}; methods are {', '.join(Method)}")
    return Method(text)


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Wrong(f"{text!r} is not NAME=VALUE")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


def _rule(item: DomainRules, method: Method) -> Rule:
    rule: Rule = getattr(item, method.value)
    return rule


def _origin(item: DomainRules, method: Method) -> str:
    if item.origins[method].own:
        return item.origins[method].changed_by
    return "default" if item.domain else "built in"


def _orders(item: DomainRules, method: Method) -> str:
    rule = _rule(item, method)
    if not rule.enabled:
        return "off"
    values: dict[str, Any] = msgspec.to_builtins(rule)
    return " ".join(f"{name.removeprefix('on_')}={value}" for name, value in values.items() if name.startswith("on_"))
