# SPDX-License-Identifier: Apache-2.0
"""The API's description: committed, complete, and true of what the server does (asked by Schemathesis)."""

import asyncio
import json
from pathlib import Path

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from application import Browser
from mailward.web import openapi
from mailward.web.app import create_app
from tenants import Mail

BOUNDED = settings(
    max_examples=15, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip

COMMITTED = Path(__file__).parents[4] / "console" / "openapi.json"


def test_the_committed_document_is_the_routes_own():
    fresh = "run: python -m mailward.web.openapi > console/openapi.json"
    assert COMMITTED.read_text() == openapi.text(), fresh


def test_names_that_clients_are_generated_from():
    document = json.loads(openapi.text())
    operations = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    assert set(operations) == {
        "signIn", "readSession", "signOut", "readOverview", "searchMessages", "readMessage", "downloadRaw",
        "previewMessage", "readSearchSchema", "listQuarantine", "actOnQuarantine", "followEvents", "tryMessage",
        "listAddressEntries", "addAddressEntry", "deleteAddressEntry", "importAddressEntries", "listPenalties",
        "explainAddress", "listDnsLists", "explainSender", "explainNames", "listLimited",
        "removeAddressEntries", "exportAddressEntries", "removeSenderEntries", "exportSenderEntries",
        "listSenderEntries", "addSenderEntry", "deleteSenderEntry", "importSenderEntries",
        "listWebExceptions", "addWebException", "removeWebExceptions", "exportWebExceptions", "importWebExceptions",
        "explainWebAddress", "listWebLists", "listWebLevels",
        "listOutboundConnectors", "addOutboundConnector", "changeOutboundConnector", "deleteOutboundConnector",
        "renewOutboundSecret", "listOutboundPauses", "liftOutboundPause",
        "readQueue", "listQueue", "actOnQueue", "steerQueue",
        "listDomains", "addDomain", "readDomain", "changeDomain", "planDomainDeletion", "deleteDomain", "verifyDomain",
        "checkDomainDns", "testDomainConnection",
        "listRecipients", "addRecipient", "deleteRecipient", "importRecipients", "exportRecipients",
        "listAuthenticationRules", "changeSenderIpRule", "changeSpfRule", "changeDkimRule", "changeDmarcRule",
        "deleteAuthenticationRule",
        "listTlsPeers", "addTlsPeer", "deleteTlsPeer", "importTlsPeers", "listStsPolicies",
        "listDkimKeys", "makeDkimKey", "checkDkimKey", "retireDkimKey", "deleteDkimKey",
        "listCertificates", "listHostedPolicies", "changeHostedPolicy", "deleteHostedPolicy",
        "readTlsOverview", "listTlsReports", "importTlsReports", "listSentTlsReports",
        "readFeatureSettings", "changeFeatureSettings",
        "readDmarcSummary", "listDmarcSources", "readDmarcSource", "listReceivedDmarcReports",
        "deleteReceivedDmarcReport", "importDmarcReports", "exportDmarcRows",
        "listDmarcRecords", "readDmarcSending", "planDmarcSending", "reviveDmarcBox",
        "readNotice", "listLedger", "summarizeLedger", "readHealth",
    }  # fmt: skip
    for operation in operations.values():
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert (kinds == {"application/problem+json"}) == (status >= "400"), operation["operationId"]
    assert {
        "Row", "Message", "Reason", "Overview", "Session", "Problem", "QuarantineRow", "QuarantineOutcome", "Preview",
        "SearchSchema", "NoticeFeature", "Health",
    } <= set(document["components"]["schemas"])  # fmt: skip


@pytest.mark.postgresql
async def test_the_server_does_what_the_document_says(services, tenant):
    for _ in range(3):
        await tenant.receive(Mail(recipients=("lee@example.test", "sam@example.test")))
    server = uvicorn.Server(uvicorn.Config(create_app(services), port=0, log_level="critical", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with Browser(base_url=address) as browser:
        assert (await browser.sign_in(tenant)).status_code == 200
        cookies = dict(browser.cookies)
    try:
        faults = await asyncio.to_thread(_ask_everything, address, cookies)
    finally:
        server.should_exit = True
        await serving
    assert faults == []


def _ask_everything(address: str, cookies: dict[str, str]) -> list[str]:
    """Every operation with made-up requests; what the server did against its own description."""
    document = json.loads(openapi.text())
    del document["paths"]["/api/v1/events"]  # never ends
    del document["paths"]["/api/v1/session"]["delete"]  # would end the session that we ask with
    schema = schemathesis.openapi.from_dict(document)
    faults: list[str] = []

    def ask(operation) -> None:
        @BOUNDED
        @given(operation.as_strategy())
        def one(case) -> None:
            headers = {"X-CSRF-Token": cookies["mailward_csrf"]}
            try:
                answer = case.call(base_url=address, cookies=cookies, headers=headers)
                case.validate_response(answer, checks=CHECKS)
            except (AssertionError, ExceptionGroup) as exc:
                faults.append(f"{operation.label}: {exc}")

        one()

    for result in schema.get_all_operations():
        ask(result.ok())
    return faults
