# SPDX-License-Identifier: Apache-2.0
"""The web addresses that the model of `engines/web_reputation` is trained and measured on, each with its
source and its mail.

The folders lie outside the project: MAILWARD_CORPORA names the mail corpora, MAILWARD_URLS the unpacked
`urls-lists`. What a source says by how it was collected (a scheme that all its entries have, its own
hosts) is no mark of the model, and each registered name counts by the root of its size.
"""

import csv
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

from corpora import FOLDER, Specimen, specimens
from mailward.contract.check import Facts
from mailward.engines.antispam.survey import Survey
from mailward.engines.antispam.target import Target, read
from mailward.engines.web_reputation.structure import marks_of
from mailward.message import parse
from mailward.message.content import read as read_mail
from mailward.message.links import link

URLS = Path(os.environ.get("MAILWARD_URLS", "/work/corpora/urls-lists"))
EVERY = {"lore-openbmc": 4}
"""Of large and uniform sources, only each n-th mail."""
TOP_LISTS = ("tranco10k",)
GROUPS = 4
"""Kinds of generated addresses, left out one at a time."""


class Address(msgspec.Struct, frozen=True):
    """One address, or one place in a mail: `mail` is the same for all addresses of a mail."""

    source: str
    bad: bool
    owner: str
    mail: str
    marks: tuple[int, ...]
    url: str = ""


def every() -> list[Address]:
    """All of them, in a fixed order."""
    return [*_labelled(), *_top(), *_generated(), *_mailed()]


def _labelled() -> Iterator[Address]:
    with (URLS / "urls-labelled.tsv").open(encoding="utf-8") as lines:
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t")):
            if target := _target(row["url"]):
                bad = row["label"] == "phish"
                yield _address(row["source"], target, f"{row['source']}-{number}", bad=bad)


def _top() -> Iterator[Address]:
    """Front pages of hosts that many people visit."""
    for name in TOP_LISTS:
        hosts = json.loads((URLS / "misp-warninglists" / name / "list.json").read_text())["list"]
        for host in sorted(hosts):
            if "." in host and (target := _target(f"https://{host}/")):
                yield _address("top-hosts", target, host, bad=False)


def _mailed() -> Iterator[Address]:
    """The links that readers of the corpora's mails may click."""
    seen: dict[str, int] = {}
    for mail in specimens(FOLDER):
        seen[mail.source] = seen.get(mail.source, 0) + 1
        if mail.label not in {"ham", "phishing"} or seen[mail.source] % EVERY.get(mail.source, 1):
            continue
        bad = mail.label == "phishing"
        for target in {found.url: found for found in _clickable(mail)}.values():
            if not (bad and (target.everyday or target.counted)):
                yield _address(f"{mail.source}-{mail.label}", target, mail.path, bad=bad)


def _clickable(mail: Specimen) -> tuple[Target, ...]:
    survey = Survey(read_mail(parse(mail.raw())), Facts())
    return survey.web


def _generated() -> Iterator[Address]:
    """Addresses of receipts, resets, invoices, calendars, tickets and newsletters, as today's services make them."""
    chance = random.Random(20261127)
    for number in range(4_000):
        kind = chance.randrange(len(_TAILS))
        if target := _target(_service_address(chance, _TAILS[kind])):
            yield _address(f"generated-{kind % GROUPS + 1}", target, f"generated-{number}", bad=False)


_NAMES = """acme northwind brightfield stadtwerke-musterstadt hotel-linde bahn-reisen contoso-shop fabrikam lumen-books
 velo-club librairie-du-port kaffee-kontor nordlicht pixelworks blueharbor casa-verde tienda-luna ryokan-hana globex
 initech musikschule-west praxis-sommer oakridge-school citylibrary openforge ticketino kulturhaus mobilfunk-eins
 autohaus-berger verlag-roth energie-nord paketfix bookit studio54 shop24 team7 area51-games""".split()
_ENDINGS = "com de org net fr it es co.uk nl eu io ch at pt jp com.br app".split()
_FRONTS = "www. app. my. mail. click. links. news. e. t. email. go. account. shop. tracking. info. login. id. m. konto.".split()
_TAILS = (
    "{h}", "{h}account/reset?token={b40}", "{h}reset-password/{hex32}", "{h}invoices/{n}.pdf", "{h}u/{s}?t={b22}",
    "{h}f/a/{b22}~~/{b40}~/{b40}", "{h}ls/click?upn={b80}", "{h}c/{b12}/{b22}/{n}", "{h}unsubscribe?u={hex32}&id={s}",
    "{h}track/click/{n}/{s}?p={b80}", "{h}orders/{n}?utm_source=mail&utm_medium=email&utm_campaign=receipt&utm_id={n}",
    "{h}calendar/event?eid={b40}", "{h}tickets/{n}#comment-{n}", "{h}issues/{n}", "{h}e3t/Ctc/{b40}/{b40}",
    "{h}mk/cl/f/sh/{b40}/{s}", "{h}verify-email?code={n}&email=kim.lee%40corp.example", "{h}view?m={hex32}",
    "{h}docs/d/{b40}/edit?usp=sharing", "{h}s/{s}", "{h}meeting/{n}?pwd={b22}", "{h}join/{hex32}", "{h}de/hilfe/kontakt",
    "{h}magazin/2026/03/neue-regeln-fuer-radfahrer-in-der-stadt", "{h}blog/what-we-learned-in-ten-years/", "{h}r/?id={hex32},{hex32},1",
    "{h}confirm/{b22}", "{h}rechnung/{n}", "{h}sendung?nr={n}", "{h}survey/{s}?lang=de", "{h}login", "{h}signin?return=%2Forders%2F{n}",
    "{h}index.php?option=com_content&view=article&id={n}", "{h}wp-content/uploads/2026/03/programm-fruehling.pdf", "{h}l/{n}/{s}/{b12}",
)  # fmt: skip
_B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _service_address(chance: random.Random, tail: str) -> str:
    host = f"https://{chance.choice(_FRONTS)}{chance.choice(_NAMES)}.{chance.choice(_ENDINGS)}/"
    filled = tail.replace("{h}", host)
    for name, size in (("b12", 12), ("b22", 22), ("b40", 44), ("b80", 180)):
        while f"{{{name}}}" in filled:
            filled = filled.replace(f"{{{name}}}", "".join(chance.choices(_B64, k=size)), 1)
    while "{hex32}" in filled:
        filled = filled.replace("{hex32}", f"{chance.getrandbits(128):032x}", 1)
    while "{s}" in filled:
        filled = filled.replace("{s}", "".join(chance.choices(_B64[:62], k=8)), 1)
    while "{n}" in filled:
        filled = filled.replace("{n}", str(chance.randrange(10_000, 99_999_999)), 1)
    return filled


def _target(url: str) -> Target | None:
    made = link(url, place="text")
    target = read(made) if made is not None and made.host else None
    return target if target is not None and target.host else None


def _address(source: str, target: Target, mail: str, *, bad: bool) -> Address:
    return Address(source, bad, target.owner, mail, tuple(marks_of(target)), target.url[:200])
