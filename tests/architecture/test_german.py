# SPDX-License-Identifier: Apache-2.0
"""What the server writes for people can be read in German too: every setting, every choice, every sentence."""

import ast
import importlib
import json
import re
from string import Formatter

import msgspec
import pytest
from tree import HOUSE, ROOT, modules, name_of

from mailward.catalog import FEATURES
from mailward.checks.authentication.rules import RULES
from mailward.contract.wording import SENTENCES

LOCALES = ROOT / "console" / "src" / "locales"
HINT = "translate it there, in the words that the file uses elsewhere"


def german(name):
    return json.loads((LOCALES / name).read_text("utf-8"))


def holes(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def of_forms():
    """What a form of the console shows of a JSON Schema (console/src/shared/settings/schema.ts): texts, choices."""
    settings = [feature.settings for feature in FEATURES]
    _, definitions = msgspec.json.schema_components([*settings, *RULES.values()])
    texts, choices = set(), set()
    for definition in definitions.values():
        choices |= set(definition.get("enum", ()))
        for name, raw in definition.get("properties", {}).items():
            full = [one for one in raw.get("anyOf", ()) if one.get("type") != "null"]
            option = {**raw, **full[0]} if len(full) == 1 else raw
            texts |= {option.get("title") or name.replace("_", " ").capitalize(), option.get("description", "")}
            choices |= {*option.get("enum", ()), *option.get("items", {}).get("enum", ())}
    return texts - {""}, {str(choice) for choice in choices if re.fullmatch(r"[a-z][a-z_]*", str(choice))}


def test_every_setting_is_in_settings_de_json():
    texts, choices = of_forms()
    assert len(texts) > 100
    assert sorted(texts - german("settings.de.json").keys()) == [], HINT
    assert sorted(choices - german("de.json")["choice"].keys()) == [], HINT
    assert sorted(german("settings.de.json").keys() - texts) == [], "nothing says this any more: remove it"


def test_every_sentence_is_in_sentences_de_json():
    for path in modules():
        if "Sentence(" in path.read_text("utf-8"):
            importlib.import_module(name_of(path))
    translated = german("sentences.de.json")
    assert len(SENTENCES) > 50
    assert sorted(SENTENCES.keys() - translated.keys()) == [], HINT
    assert sorted(translated.keys() - SENTENCES.keys()) == [], "nothing says this any more: remove it"
    for identifier, sentence in SENTENCES.items():
        assert (identifier, holes(translated[identifier])) == (identifier, sentence.holes)


@pytest.mark.parametrize(
    ("shape", "maker"), [("DnsCheck", "contract/dns_check.py"), ("Step", "disposition/delivery/probe.py")]
)
def test_texts_without_an_id_cannot_come_in(shape, maker):
    """These shapes carry sentences; they are made in one place each, which takes nothing but sentences."""
    calls = {
        path.relative_to(HOUSE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == shape
    }
    assert calls == {maker}
