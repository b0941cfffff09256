# SPDX-License-Identifier: Apache-2.0
"""Mail comes in over SMTP, and two days later its domain's own server gets a report about it, valid and true."""

import asyncio
import gzip
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import asyncpg
import pytest

from house import PASSWORD, ROOT, initialize, letter, running, until
from mailward.kit.database.embedded import EmbeddedServer
from mailward.records.dmarc_reports.reading.parse import read_report
from name_server import NameServer
from sink import Sink

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("dmarc_sending")]

"""SMTP, worker and web: each hears of a new policy."""
SCHEMA = ROOT / "src/mailward/records/dmarc_reports/tests/rfc9990.xsd"
RECORDS = {
    ("sender.test", "TXT"): ['"v=spf1 ip4:127.0.0.1 -all"'],
    ("sender.test", "MX"): ["10 mx.sender.test."],
    ("mx.sender.test", "A"): ["127.0.0.1"],
    ("_dmarc.sender.test", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:dmarc@sender.test!1m"'],
    ("other.test", "TXT"): ['"v=spf1 ip4:127.0.0.1 -all"'],
    ("_dmarc.other.test", "TXT"): ['"v=DMARC1; p=none; rua=mailto:victim@sender.test"'],
}


async def _age(data: Path) -> None:
    """Two days pass for what was counted."""
    server = EmbeddedServer(data / "postgres")
    server.start()
    try:
        connection = await asyncpg.connect(server.url)
        for table in ("dmarc_tallies", "dmarc_policy_domains"):
            await connection.execute(f"UPDATE {table} SET day = day - 2")
        await connection.close()
    finally:
        server.stop()


def test_a_domain_learns_what_was_seen_of_its_mail(tmp_path):
    data = tmp_path / "data"
    with NameServer(RECORDS) as names, Sink() as inside, Sink() as outside:
        environment = {
            "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_HOSTNAME": "mx.example.test",
            "MAILWARD_MX_PORT": str(outside.address[1]), "MAILWARD_MX_INSIDE": "127.0.0.0/8",
            "MAILWARD_SMTP_PROCESSES": "1",
        }  # fmt: skip
        initialize(data, next_hop=inside.address)
        with running("run", data, environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            settings = {"send": True, "sender": "reports@example.test", "organization_name": "Example & Sons"}
            house.change("dmarc_reports", settings)
            for domain in ("sender.test", "other.test"):
                house.send(letter(f"Lunch with {domain}", From=f"Ann <ann@{domain}>"), sender=f"ann@{domain}")
        asyncio.run(_age(data))
        with running("run", data, environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            until(lambda: outside.for_recipient("dmarc@sender.test"), seconds=120, what="the report")
            sending = until(lambda: _skipped(house), seconds=60, what="the other domain")
    (raw,) = outside.for_recipient("dmarc@sender.test")
    mail = message_from_bytes(raw, policy=policy.default)
    (attachment,) = mail.iter_attachments()
    xml = gzip.decompress(attachment.get_content())
    file = tmp_path / "report.xml"
    file.write_bytes(xml)
    checked = subprocess.run(
        ["xmllint", "--noout", "--schema", SCHEMA, file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    report = read_report(xml)
    assert report.organization == "Example & Sons"
    assert [(row.source_ip, row.disposition, row.dkim, row.spf) for row in report.rows] == [
        ("127.0.0.1", "pass", "fail", "pass")
    ]
    assert report.published.p == "reject"
    assert outside.for_recipient("victim@sender.test") == []
    assert "has not agreed" in sending["why"]


def _skipped(house):
    lines = house.api.get("/api/v1/dmarc_reports/sending")["sent"]
    return next((line for line in lines if line["policy_domain"] == "other.test"), None)
