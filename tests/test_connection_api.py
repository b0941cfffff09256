# SPDX-License-Identifier: Apache-2.0
"""The lists of who may come in, over HTTP: pages, changes, files with a plan, and walls between organizations."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.postgresql

ADDRESSES = "/api/v1/ip_reputation/addresses"
SENDERS = "/api/v1/sender_filter/senders"
LISTS = pytest.mark.parametrize(
    ("path", "first", "second", "key", "bad"),
    [
        (ADDRESSES, "192.0.2.0/24", "2001:db8::25", "network", "192.0.2.1/24"),
        (SENDERS, "*@*.partner.test", "ann@sender.test", "pattern", "*@*"),
    ],
    ids=["addresses", "senders"],
)


async def add(browser, path, **entry):
    return await browser.change("POST", path, json={"list": "blocked", **entry})


@LISTS
async def test_entries_are_added_found_changed_and_removed(path, first, second, key, bad, tenant, open_browser):
    browser = await open_browser(tenant)
    made = await add(browser, path, **{key: first, "note": "partner"})
    assert made.status_code == 201, made.text
    again = await add(browser, path, **{key: first, "note": "old partner"})
    assert again.json()["id"] == made.json()["id"]
    await add(browser, path, **{key: second, "list": "approved"})
    everything = (await browser.get(path)).json()["items"]
    assert [entry[key] for entry in everything] == [second, first]
    assert everything[1]["note"] == "old partner"
    assert everything[0]["created_by"] == tenant.email
    found = (await browser.get(path, params={"list": "approved"})).json()["items"]
    assert [entry[key] for entry in found] == [second]
    assert [e[key] for e in (await browser.get(path, params={"q": "PARTNER"})).json()["items"]] == [first]
    gone = await browser.change("DELETE", f"{path}/{made.json()['id']}")
    assert gone.status_code == 204
    assert (await browser.change("DELETE", f"{path}/{made.json()['id']}")).status_code == 404
    refused = await add(browser, path, **{key: bad})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    past = await add(browser, path, **{key: first, "expires_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 400


@LISTS
async def test_pages_follow_one_another(path, first, second, key, bad, make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Pages"))
    names = {"network": "192.0.2.{}", "pattern": "ann{}@sender.test"}[key]
    for number in range(5):
        await add(browser, path, **{key: names.format(number)})
    seen, address = [], f"{path}?limit=2"
    while address:
        answer = await browser.get(address)
        seen += [entry[key] for entry in answer.json()["items"]]
        link = answer.headers.get("link", "")
        address = link.partition("<")[2].partition(">")[0]
    assert seen == [names.format(number) for number in reversed(range(5))]
    assert (await browser.get(path, params={"cursor": "nonsense!"})).status_code == 400


@LISTS
async def test_pages_are_sorted_and_end_with_a_word_if_their_place_is_gone(
    path, first, second, key, bad, make_tenant, open_browser
):
    browser = await open_browser(await make_tenant("Sorted"))
    names = {"network": "192.0.2.{}", "pattern": "ann{}@sender.test"}[key]
    for number in (3, 1, 4, 2):
        ends = {"expires_at": "2099-01-01T00:00:00Z"} if number == 4 else {}
        await add(browser, path, **{key: names.format(number)}, **ends)
    for sort, wanted in (
        (key, [1, 2, 3, 4]),
        (f"-{key}", [4, 3, 2, 1]),
        ("created", [3, 1, 4, 2]),
        ("expires", [4, 3, 1, 2]),
    ):
        seen, address = [], f"{path}?limit=2&sort={sort}"
        while address:
            answer = await browser.get(address)
            seen += [entry[key] for entry in answer.json()["items"]]
            address = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
        assert seen == [names.format(number) for number in wanted], sort
    page = (await browser.get(f"{path}?limit=2&sort={key}")).json()
    await browser.change("DELETE", f"{path}/{page['items'][-1]['id']}")
    refused = await browser.get(path, params={"sort": key, "cursor": page["next_cursor"]})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (400, "bad-cursor")


@LISTS
async def test_several_are_removed_at_once_and_a_list_can_be_taken_and_brought_again(
    path, first, second, key, bad, make_tenant, open_browser
):
    browser = await open_browser(await make_tenant("Take"))
    note = 'says "hello", twice'
    ids = [(await add(browser, path, **{key: name, "note": note})).json()["id"] for name in (first, second)]
    await browser.change("POST", path, json={"list": "approved", key: first})
    end = {"expires_at": "2099-01-01T00:00:00Z"}
    await add(browser, path, **{key: second, "note": note}, **end)
    file = await browser.get(f"{path}/export?list=blocked")
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    assert file.text.splitlines()[-1] == "# end: 2 entries"
    order = {"list": "blocked", "csv": file.text, "mode": "overwrite"}
    again = (await browser.change("POST", f"{path}/import", json=order)).json()
    assert (again["unchanged"], again["added"] + again["changed"] + again["removed"]) == (2, 0)
    gone = await browser.change("POST", f"{path}/remove", json={"ids": [*ids, str(uuid4())]})
    assert gone.json() == {"removed": 2}
    assert [entry["list"] for entry in (await browser.get(path)).json()["items"]] == ["approved"]
    await browser.change("POST", f"{path}/import", json={**order, "dry_run": False})
    brought = (await browser.get(path, params={"list": "blocked", "sort": key})).json()["items"]
    assert {entry[key]: bool(entry["expires_at"]) for entry in brought} == {first: False, second: True}


async def test_an_address_finds_the_networks_that_hold_it(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Holding"))
    for network in ("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"):
        await add(browser, ADDRESSES, network=network)
    for address, network in (("192.0.2.77", "192.0.2.0/24"), ("2001:db8::7", "2001:db8::/32")):
        found = (await browser.get(ADDRESSES, params={"q": address})).json()["items"]
        assert [entry["network"] for entry in found] == [network]


@LISTS
async def test_a_file_is_first_a_plan(path, first, second, key, bad, make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Files"))
    await add(browser, path, **{key: first, "note": "x"})
    columns = f"{key},note" if key == "network" else "pattern,target,note"
    gap = "," if key == "network" else ",,"
    text = f"{columns}\r\n# a comment\r\n\r\n{second}{gap}new\r\n{first}{gap}changed\r\n"

    async def bring(**more):
        answer = await browser.change("POST", f"{path}/import", json={"list": "blocked", "csv": text, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    plan = await bring()
    examples = plan.pop("examples")
    assert plan == {"added": 1, "changed": 1, "removed": 0, "unchanged": 0, "problems": [], "written": False}
    assert [len(examples[kind]) for kind in ("added", "changed", "removed")] == [1, 1, 0]
    assert examples["changed"] == [first]
    assert len((await browser.get(path)).json()["items"]) == 1
    assert (await bring(dry_run=False))["written"] is True
    assert (await bring(dry_run=False))["unchanged"] == 2
    text = f"{second}{gap}new\n{bad}\n"
    with_problem = await bring(dry_run=False, mode="overwrite")
    assert with_problem["written"] is False
    assert with_problem["problems"][0]["line"] == 2
    text = f"{second}{gap}new\n"
    assert (await bring(dry_run=False, mode="overwrite"))["removed"] == 1
    assert [entry[key] for entry in (await browser.get(path)).json()["items"]] == [second]


@LISTS
async def test_nobody_sees_or_removes_what_is_another_organization_s(
    path, first, second, key, bad, make_tenant, open_browser
):
    ours, theirs = await open_browser(await make_tenant("Ours")), await open_browser(await make_tenant("Theirs"))
    entry = (await add(theirs, path, **{key: first})).json()
    assert (await ours.get(path)).json()["items"] == []
    assert (await ours.change("DELETE", f"{path}/{entry['id']}")).status_code == 404
    assert (await ours.change("DELETE", f"{path}/{uuid4()}")).status_code == 404
    assert len((await theirs.get(path)).json()["items"]) == 1


async def test_a_sender_s_target_is_everybody_a_domain_or_a_person(tenant, open_browser):
    browser = await open_browser(tenant)
    for target in ("", "Example.test", "Lee@example.test"):
        assert (await add(browser, SENDERS, pattern="eve@evil.test", target=target)).status_code == 201
    targets = [e["target"] for e in (await browser.get(SENDERS, params={"q": "eve@evil"})).json()["items"]]
    assert targets == ["lee@example.test", "example.test", ""]
    only = (await browser.get(SENDERS, params={"target": "example.test"})).json()["items"]
    assert len(only) == 1
    assert (await add(browser, SENDERS, pattern="eve@evil.test", target="not a target")).status_code == 400


async def test_a_large_file_is_taken(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Large"))
    text = "".join(
        f"user{number}@domain{number % 100}.test,,imported from the old gateway\n" for number in range(30_000)
    )
    assert len(text) > 1024 * 1024
    order = {"list": "approved", "csv": text, "dry_run": False}
    answer = await browser.change("POST", f"{SENDERS}/import", json=order)
    assert answer.json()["added"] == 30_000, answer.text


async def test_penalties_are_shown(make_tenant, open_browser, database):
    tenant = await make_tenant("Penalties")
    async with database.scoped(tenant.id) as connection:
        await connection.execute(
            "INSERT INTO address_reputation VALUES ($1, '192.0.2.9', 0, 5, 1, now() + interval '5 minutes', now())",
            tenant.id,
        )
    browser = await open_browser(tenant)
    (item,) = (await browser.get("/api/v1/ip_reputation/penalties")).json()["items"]
    assert (item["site"], item["bad"]) == ("192.0.2.9", 5.0)
