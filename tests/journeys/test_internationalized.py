# SPDX-License-Identifier: Apache-2.0
"""münchen.test and xn--mnchen-3ya.test are one domain (RFC 6531, RFC 5890), over real SMTP from the edge to the server
behind it; and names that only look like it are none."""

import smtplib
import time

import pytest

from house import PASSWORD, House, initialize, letter, running
from sink import Sink

pytestmark = pytest.mark.xdist_group("internationalized")

MUNICH, SPELLINGS = "xn--mnchen-3ya.test", ("münchen.test", "MÜNCHEN.test", "mu\N{COMBINING DIAERESIS}nchen.test")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("idn")
    people = folder / "people.csv"
    people.write_text("lee@münchen.test,Lee\njörg@münchen.test,Jörg\n")
    with Sink() as sink:
        initialize(folder / "data", next_hop=sink.address, domain=MUNICH, recipients=people)
        with running("run", folder / "data", environment={"MAILWARD_SMTP_PROCESSES": "1"}) as house:
            house.api.sign_in(f"admin@{MUNICH}", PASSWORD)
            yield house, sink


def ask(house: House, sender: str, recipient: str, mail: bytes = b"") -> tuple[int, str]:
    """The last answer to a mail in UTF-8."""
    with smtplib.SMTP(*house.smtp, local_hostname="mail.sender.test", timeout=60) as client:
        client.command_encoding = "utf-8"
        client.ehlo()
        code, text = client.docmd(f"MAIL FROM:<{sender}> SMTPUTF8")
        if code == 250:
            code, text = client.docmd(f"RCPT TO:<{recipient}>")
        if code == 250 and mail:
            code, text = client.data(mail)
        return code, text.decode()


@pytest.mark.parametrize("domain", [MUNICH, *SPELLINGS])
def test_each_spelling_reaches_the_same_person(house, domain):
    house, sink = house
    subject = f"To {domain.encode('unicode_escape').decode()}"
    code, text = ask(house, "ann@sender.test", f"lee@{domain}", letter(subject, To=f"lee@{MUNICH}"))
    assert code == 250, text
    row = house.api.wait_for(f'subject:"{subject}" status:delivered', seconds=60)
    assert row["recipient"] == f"lee@{MUNICH}"
    assert any(subject.encode() in mail for mail in sink.for_recipient(f"lee@{MUNICH}"))
    assert house.api.find(f'rcpt:lee@münchen.test subject:"{subject}"'), "the search knows both spellings"
    assert ask(house, "ann@sender.test", f"nobody@{domain}")[0] == 550


def test_a_person_in_letters_outside_ascii(house):
    house, sink = house
    code, text = ask(house, "ann@sender.test", "Jörg@münchen.test", letter("To Joerg"))
    assert code == 250, text
    house.api.wait_for('subject:"To Joerg" status:delivered', seconds=60)
    assert sink.for_recipient(f"Jörg@{MUNICH}")


@pytest.mark.parametrize(
    "domain",
    [
        "münchen\N{IDEOGRAPHIC FULL STOP}test", "münchen.te\N{SOFT HYPHEN}st", "mün\N{ZERO WIDTH SPACE}chen.test", "xn--ü.test",
        "münchen.\N{FULLWIDTH LATIN SMALL LETTER T}est",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_domain_is_refused_in_words(house, domain):
    code, text = ask(house[0], "ann@sender.test", f"lee@{domain}")
    assert (code, text[:5]) == (553, "5.1.3")
    assert "internationalized" in text
    code, text = ask(house[0], f"ann@{domain}", f"lee@{MUNICH}")
    assert (code, text[:5]) == (553, "5.1.7")


def test_another_domain_is_not_ours_however_similar(house):
    code, text = ask(house[0], "ann@sender.test", "lee@m\N{CYRILLIC SMALL LETTER U}nchen.test")
    assert code == 550
    assert "relaying denied" in text


def test_a_block_in_one_spelling_holds_for_the_other(house):
    house, _ = house
    began = time.time()
    house.api.post("/api/v1/sender_filter/senders", {"list": "blocked", "pattern": "*@bücher.test"})
    house.goes_by_changes_since(began)
    for domain in ("bücher.test", "BÜCHER.test", "xn--bcher-kva.test"):
        code, text = ask(house, f"spam@{domain}", f"lee@{MUNICH}")
        assert code == 550, text
        assert "does not take mail from" in text
