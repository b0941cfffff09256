# SPDX-License-Identifier: Apache-2.0
"""The specimens are whole, of our own making, and about nobody real."""

import base64
import codecs
import email
import email.policy
import io
import re
import zipfile
from email.utils import getaddresses
from pathlib import Path

import pytest
from publicsuffixlist import PublicSuffixList

from mailward.contract.finding import Verdict
from mailward.main.demo.index import FOLDER, SHOWPIECE, Specimen, showpiece, specimens
from mailward.main.demo.organization import HIGH_PROFILE_USERS, RECIPIENTS

RESERVED = ("test", "example")
DOMAIN = re.compile(r"(?<![\w@.-])(?:[\w.+%-]+@)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?![\w.-])", re.IGNORECASE)
ADDRESSED = re.compile(r"(?://|@)((?:[\w-]+\.)+[a-z]{2,24})(?![\w.-])", re.IGNORECASE)
FILES = {"eicar.com", "kostenaufstellung_88-3120.zip", "invoice.zip"}
SUFFIXES = PublicSuffixList(accept_unknown=False)


@pytest.fixture(params=specimens(), ids=lambda specimen: specimen.id)
def specimen(request) -> Specimen:
    return request.param


def parsed(specimen: Specimen) -> email.message.EmailMessage:
    return email.message_from_bytes(specimen.path.read_bytes(), policy=email.policy.default)


def readable(specimen: Specimen) -> str:
    """Header, texts, and attachment names, all decoded."""
    mail = parsed(specimen)
    pieces = [f"{name}: {value}" for name, value in mail.items()]
    pieces += [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(pieces)


def test_every_file_is_in_the_index_and_the_other_way_round():
    assert {path.stem for path in FOLDER.glob("*.eml")} == {specimen.id for specimen in specimens()}
    assert len({specimen.id for specimen in specimens()}) == len(specimens()) >= 40


def test_they_speak_many_languages_and_show_every_verdict():
    assert len({specimen.language for specimen in specimens()}) >= 10
    assert {specimen.expected for specimen in specimens()} == set(Verdict) - {
        Verdict.UNSCANNABLE,
        Verdict.WEB_REPUTATION,
    }


def test_clean_mail_comes_first_and_the_showpiece_soon():
    order = [specimen.id for specimen in specimens()]
    assert all(specimen.expected == Verdict.CLEAN for specimen in specimens()[:3])
    assert order.index(SHOWPIECE) == 3
    assert showpiece().expected == Verdict.PHISHING


def test_it_is_a_real_mail(specimen):
    octets = specimen.path.read_bytes()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998
    mail = parsed(specimen)
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(mail.get_all(name)) == 1, name
    assert mail["Date"].datetime is not None
    assert specimen.message_id == mail["Message-ID"]
    assert len(getaddresses([mail["From"]])) == 1
    if specimen.id != "two-boundaries":
        assert [defect for part in mail.walk() for defect in part.defects] == []


def test_it_has_words_in_it(specimen):
    body = parsed(specimen).get_body(("plain", "html"))
    assert len(body.get_content()) > 80
    assert "\ufffd" not in readable(specimen)


def test_its_recipients_have_mailboxes(specimen):
    assert specimen.recipients
    assert set(specimen.recipients) <= set(RECIPIENTS)
    assert not set(specimen.unknown) & set(RECIPIENTS)


def test_it_names_reserved_domains_only(specimen):
    everything = readable(specimen)
    named = {domain.lower() for domain in ADDRESSED.findall(everything)}
    without_scripts = re.sub(r"<script>.*?</script>", "", everything, flags=re.DOTALL)
    named |= {domain.lower() for domain in DOMAIN.findall(without_scripts) if SUFFIXES.publicsuffix(domain.lower())}
    assert named
    assert {domain for domain in named if domain.rpartition(".")[2] not in RESERVED} - FILES == set()


def test_it_names_documentation_addresses_only(specimen):
    for address in re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", readable(specimen)):
        assert address.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "10.")), address


def test_message_ids_are_unique():
    assert len({specimen.message_id for specimen in specimens()}) == len(specimens())


def test_images_and_files_are_what_they_say():
    starts = {"image/png": b"\x89PNG", "application/zip": b"PK\x03\x04", "application/vnd": b"PK\x03\x04"}
    seen = set()
    for specimen in specimens():
        for part in parsed(specimen).walk():
            for kind, start in starts.items():
                if part.get_content_type().startswith(kind):
                    seen.add(kind)
                    assert part.get_content().startswith(start), specimen.id
    assert seen == set(starts)


def attachment(name: str) -> bytes:
    specimen = next(specimen for specimen in specimens() if specimen.id == name)
    return next(part.get_content() for part in parsed(specimen).iter_attachments())


def test_the_password_of_the_archive_stands_in_the_mail():
    with zipfile.ZipFile(io.BytesIO(attachment("mahnung-passwort-zip"))) as archive:
        (member,) = archive.infolist()
        assert member.flag_bits & 1
        assert b"does nothing" in archive.read(member, pwd=b"4711")


def test_the_macro_document_holds_a_macro_project():
    with zipfile.ZipFile(io.BytesIO(attachment("faktura-makro"))) as archive:
        assert archive.read("word/vbaProject.bin").startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def test_borrowed_names_come_from_elsewhere_and_the_true_one_does_not():
    true = {address for user in HIGH_PROFILE_USERS for address in user.addresses}
    names = {user.name for user in HIGH_PROFILE_USERS}
    by_name = {
        specimen: parsed(specimen)["From"].addresses[0]
        for specimen in specimens()
        if any(name in parsed(specimen)["From"] for name in names)
    }
    assert len(by_name) >= 5
    for specimen, address in by_name.items():
        if specimen.expected == Verdict.CLEAN:
            assert address.addr_spec in true
        else:
            assert address.addr_spec not in true or "Reply-To" in parsed(specimen)


def test_the_test_virus_is_nowhere_in_the_tree():
    plain = codecs.decode(r"K5B!C%@NC[4\CMK54(C^)7PP)7}$RVPNE", "rot13").encode()
    encoded = base64.b64encode(plain)[:20]
    for path in Path(__file__).parents[1].rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            octets = path.read_bytes()
            assert plain not in octets, path
            assert encoded not in octets, path
