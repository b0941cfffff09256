# SPDX-License-Identifier: Apache-2.0
"""Options over HTTP: defaults, changes, and what is refused."""

import pytest

pytestmark = pytest.mark.postgresql

PATH = "/api/v1/features/ip_reputation/settings"


async def test_options_begin_as_defaults_with_a_schema(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Defaults"))
    shown = (await browser.get(PATH)).json()
    assert shown["values"]["dynamic_level"] == 2
    assert shown["changed"] == []
    (definition,) = [d for name, d in shown["schema"]["$defs"].items() if name == "IpReputationSettings"]
    assert definition["properties"]["dynamic_level"]["maximum"] == 4


async def test_a_change_counts_for_this_organization_alone(make_tenant, open_browser):
    ours, theirs = await open_browser(await make_tenant("Ours")), await open_browser(await make_tenant("Theirs"))
    lists = [{"zone": "list.test"}]
    answer = await ours.change("PUT", PATH, json={"dynamic_level": 4, "lists": lists})
    assert answer.status_code == 200, answer.text
    assert sorted((await ours.get(PATH)).json()["changed"]) == ["dynamic_level", "lists"]
    assert (await ours.get(PATH)).json()["values"]["lists"][0]["codes"] == ["127.0.0.2-127.0.0.254"]
    assert (await theirs.get(PATH)).json()["changed"] == []
    await ours.change("PUT", PATH, json={})
    assert (await ours.get(PATH)).json()["changed"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dynamic_level": 5}, "<= 4"),
        ({"lists": [{"zone": "x y"}]}, "zone"),
        ({"surprise": 1}, "no option 'surprise'"),
        ({"enabled": "yes"}, "bool"),
    ],
)
async def test_what_is_no_option_is_refused_with_its_place(options, words, tenant, open_browser):
    browser = await open_browser(tenant)
    answer = await browser.change("PUT", PATH, json=options)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


async def test_what_is_wrong_is_said_with_its_place(tenant, open_browser):
    browser = await open_browser(tenant)
    answer = await browser.change("PUT", PATH, json={"lists": [{"zone": "list.test", "codes": ["10.0.0.1"]}]})
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/lists/0/codes/0"
    assert "`$" not in error["detail"]


async def test_a_dry_run_says_what_would_count_and_changes_nothing(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Dry"))
    answer = await browser.change("PUT", f"{PATH}?dry_run=true", json={"dynamic_level": 4})
    assert answer.json()["changed"] == ["dynamic_level"]
    assert answer.json()["defaults"]["dynamic_level"] == 2
    assert (await browser.get(PATH)).json()["changed"] == []
    assert (await browser.change("PUT", f"{PATH}?dry_run=true", json={"dynamic_level": 9})).status_code == 400


@pytest.mark.parametrize("name", ["nothing", "quarantine"])
async def test_a_feature_without_options_has_none(name, tenant, open_browser):
    browser = await open_browser(tenant)
    assert (await browser.get(f"/api/v1/features/{name}/settings")).status_code == 404
