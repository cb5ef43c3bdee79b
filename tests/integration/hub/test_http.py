"""The HTTP API on a real server: token, every route, problem details, OpenAPI, metrics; on both databases."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from itertools import pairwise

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from prometheus_client.parser import text_string_to_metric_families

from contracts.session import BindDevice, Presence, PresenceChanged
from contracts.topics import state
from contracts.visits import ClaimTask
from hub.bootstrap import version
from hub.customers import StoredCustomer
from hub.visits.api import WhyNot
from hub.web.openapi import openapi
from models.policy import Funnel, Stage
from tests.integration.hub.http_hub import TOKEN, Api, serving
from tests.unit.hub.rig import REGISTRY, Rig, customer

FLEET = {
    "branches": [{"name": "north", "title": "North"}],
    "advisors": [{"name": "eve", "branches": ["north"]}],
    "devices": [
        {"name": "watch-eve", "kind": "watch", "advisor": "eve"},
        {"name": "kiosk-north", "kind": "kiosk", "branch": "north"},
    ],
}


@pytest.fixture
async def api(rig: Rig) -> AsyncIterator[Api]:
    """A client of the rig's hub."""
    async with serving(rig) as api:
        yield api


def paths(rig: Rig) -> list[tuple[str, str, bool]]:
    return [(route.method, re.sub(r"{\w+}", "x", route.path), route.open) for route in rig.hub.routes]


async def test_every_route_but_health_wants_the_token(rig: Rig, api: Api) -> None:
    open_ones = [path for _, path, is_open in paths(rig) if is_open]
    assert open_ones == ["/health"]
    wrong = [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}]
    for method, path, is_open in [*paths(rig), ("GET", "/metrics", False)]:
        for headers in wrong:
            answer = await api.call(method, path, {}, headers=headers)
            if is_open:
                assert answer.status == 200
            else:
                assert (answer.status, answer.content_type) == (401, "application/problem+json"), (method, path)
                assert answer.json["title"] == "not signed in"
                assert TOKEN not in answer.body.decode()


async def test_a_token_of_strange_bytes_is_a_401_too(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /v1/devices HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n")
    first = await reader.readline()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b" 401 " in first or b" 400 " in first


async def test_health_says_what_runs(rig: Rig, api: Api) -> None:
    answer = await api.call("GET", "/health", headers={})
    assert answer.json["version"] == version()
    assert answer.json["epoch"] == rig.hub.streams.epoch
    assert answer.json["broker_connected"] is True


async def test_provisioning_takes_effect_and_says_how_much(rig: Rig, api: Api) -> None:
    answer = await api.call("PUT", "/v1/fleet", FLEET)
    assert (answer.status, answer.json) == (200, {"branches": 1, "advisors": 1, "devices": 2})
    names = [row["name"] for row in (await api.call("GET", "/v1/branches")).rows]
    assert names == sorted({"north", *(branch.name for branch in REGISTRY.branches)})
    rig.accept("watch-eve", BindDevice(branch="north"))
    rig.say("watch-eve", PresenceChanged(presence=Presence.ONLINE), topic=state("watch-eve"))
    rows = {row["name"]: row for row in (await api.call("GET", "/v1/devices")).rows}
    assert rows["watch-eve"]["branch"] == "north"
    assert rows["watch-eve"]["presence"] == "online"
    assert rows["watch-eve"]["last_heard"] == "2026-03-02T09:00:00Z"
    assert rows["kiosk-north"] == {
        "name": "kiosk-north",
        "kind": "kiosk",
        "advisor": None,
        "branch": "north",
        "presence": None,
        "last_heard": None,
    }


@pytest.mark.parametrize(
    ("fleet", "status", "named"),
    [
        ({"devices": [{"name": "w-1", "kind": "watch", "advisor": "nobody"}]}, 422, "device w-1: advisor = 'nobody'"),
        ({"advisors": [{"name": "x", "branches": ["nowhere"]}]}, 422, "advisor x: branches = 'nowhere'"),
        ({"branches": [{"name": "m", "title": "M", "time_zone": "Mars/Base"}]}, 422, "branch m: time_zone = 'Mars"),
        ({"devices": [{"name": "kiosk-main", "kind": "kiosk", "branch": "main"}] * 2}, 422, "kiosk-main is defined"),
        ({"branches": [{"name": "Bad Name", "title": "x"}]}, 400, "$.branches[0].name"),
        ({"branches": [{"name": "m", "title": "M", "policy": "lottery"}]}, 400, "lottery"),
        ({"branches": [{"name": "m", "title": "M", "claim_within_s": 0}]}, 400, "claim_within_s"),
        ({"devices": [{"name": "w-1", "kind": "toaster"}]}, 400, "toaster"),
        ({"devises": []}, 400, "devises"),
        ({"advisors": [{"name": "x", "branches": []}]}, 400, "branches"),
    ],
)
async def test_a_fleet_that_cannot_be_is_refused_naming_what_and_where(
    rig: Rig, api: Api, fleet: dict[str, list[dict[str, str]]], status: int, named: str
) -> None:
    before = rig.tables()
    answer = await api.call("PUT", "/v1/fleet", fleet)
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert named in str(answer.json["detail"])
    assert rig.tables() == before


async def test_customers_are_taken_in_and_replaced_and_hide_nothing_of_an_evaluation(rig: Rig, api: Api) -> None:
    hidden = msgspec.structs.replace(customer("c-new", "New Name"), hidden_product="mortgage")
    answer = await api.call("PUT", "/v1/customers", [StoredCustomer(hidden, "ada"), StoredCustomer(hidden, "ben")])
    assert (answer.status, answer.json) == (200, {"customers": 1})
    [row] = [row for row in rig.tables()["customers"] if row[0] == "c-new"]
    assert row[1] == "ben"
    assert "mortgage" not in repr(row)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ref": "x" * 65}, "ref"),
        ({"ref": ""}, "ref"),
        ({"display_name": "Very Long " * 100}, "display_name"),
        ({"segment": "x" * 201}, "segment"),
    ],
)
async def test_a_customer_whom_no_message_could_speak_of_is_refused(
    rig: Rig, api: Api, change: dict[str, str], named: str
) -> None:
    before = rig.tables()
    bad = msgspec.structs.replace(customer("c-bad", "Bad Person"), **change)
    entries = [StoredCustomer(customer("c-ok", "Fine"), None), StoredCustomer(bad, None)]
    answer = await api.call("PUT", "/v1/customers", entries)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    assert "customer number 2" in str(answer.json["detail"])
    assert named in str(answer.json["detail"])
    assert rig.tables() == before


@pytest.mark.req("W-03", "W-07")
async def test_a_manager_names_a_customer_and_a_counter_serves_a_ticket(rig: Rig, api: Api) -> None:
    named = await api.call("POST", "/v1/targets", {"branch": "main", "customer": "c-ann", "business": "loan"})
    assert (named.status, named.json) == (200, {"accepted": True})
    [by_hand] = (await api.call("GET", "/v1/tasks?branch=main")).rows
    assert (by_hand["customer"], by_hand["state"], by_hand["business"]) == ("c-ann", "offered", "loan")
    for target, code in (
        ({"branch": "nowhere", "customer": "c-ann", "business": "loan"}, "branch_not_allowed"),
        ({"branch": "main", "customer": "nobody", "business": "loan"}, "unknown_customer"),
        ({"branch": "main", "customer": "c-ann", "business": "magic"}, "unknown_business"),
    ):
        refused = await api.call("POST", "/v1/targets", target)
        assert (refused.status, refused.json["code"]) == (422, code)
    ticket = rig.ticket("kiosk-main", "A001", "c-wang")
    rig.accept("kiosk-main", ticket)
    [waiting] = (await api.call("GET", "/v1/tickets?state=waiting&branch=main&limit=1")).rows
    assert (waiting["id"], waiting["number"]) == (ticket.ticket, "A001")
    served = await api.call("POST", f"/v1/tickets/{ticket.ticket}/serve")
    assert (served.status, served.json["state"]) == (200, "served")
    again = await api.call("POST", f"/v1/tickets/{ticket.ticket}/cancel")
    assert (again.status, again.content_type) == (409, "application/problem+json")
    missing = await api.call("POST", "/v1/tickets/no-such-ticket/serve")
    assert missing.status == 404
    assert len((await api.call("GET", "/v1/tasks?branch=main")).rows) == 1
    everything = (await api.call("GET", "/v1/tasks?open=false&limit=10")).rows
    assert {row["state"] for row in everything} == {"offered", "served"}


@pytest.mark.req("W-05", "W-17")
async def test_the_story_of_a_visit(rig: Rig, api: Api) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    story = (await api.call("GET", f"/v1/tasks/{task}")).json
    assert set(story) == {"task", "demand", "funnel", "why_not", "log", "alerts", "said"}
    assert b"claimed" in msgspec.json.encode(story["log"])
    demand = msgspec.convert(story["demand"], Funnel)
    assert demand.ranked
    assert demand.raw == b"", "what the model saw of the customer stays in the hub"
    stages = msgspec.convert(story["funnel"], list[Stage])
    assert stages[0].before == len(demand.ranked) + len(demand.removed)
    assert all(one.after == following.before for one, following in pairwise(stages))
    assert stages[-1].after == 3
    why_not = msgspec.convert(story["why_not"], list[WhyNot])
    assert [one.product for one in why_not] == [removed.code for removed in demand.removed]
    assert all(one.text.en and one.text.zh and one.text.ko for one in why_not)
    missing = await api.call("GET", "/v1/tasks/no-such-task")
    assert (missing.status, missing.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "raw", "status"),
    [
        ("PUT", "/v1/fleet", b"{", 400),
        ("PUT", "/v1/fleet", b"\xff", 400),
        ("PUT", "/v1/fleet", b"", 400),
        ("PUT", "/v1/fleet", b"[" * 100_000, 400),
        ("PUT", "/v1/customers", b"{}", 400),
        ("POST", "/v1/targets", b"[]", 400),
        ("GET", "/v1/tasks?limit=0", None, 400),
        ("GET", "/v1/tasks?limit=many", None, 400),
        ("GET", "/v1/tasks?sort=name", None, 400),
        ("GET", "/v1/tickets?state=lost", None, 400),
        ("GET", "/v1/devices?x=1", None, 400),
        ("GET", "/v1/nothing", None, 404),
        ("DELETE", "/v1/fleet", None, 405),
        ("GET", "/v1/tasks/%00", None, 400),
        ("POST", "/v1/tickets/%00/serve", None, 400),
        ("GET", "/v1/tasks?branch=%00", None, 400),
        ("POST", "/v1/targets", b'{"branch":"main","customer":"a\\u0000","business":"cash"}', 400),
        ("POST", "/v1/targets", b'{"branch":"main","customer":"a\\\\u0000","business":"cash"}', 422),
    ],
)
async def test_a_bad_request_is_a_problem_and_changes_nothing(
    rig: Rig, api: Api, method: str, path: str, raw: bytes | None, status: int
) -> None:
    before = rig.tables()
    answer = await api.call(method, path, raw=raw)
    assert answer.status == status, answer.body
    assert rig.tables() == before
    if status >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]


async def test_a_database_that_fails_is_a_503(rig: Rig, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with rig.storage.writing() as connection:
        connection.exec_driver_sql("drop table customers")
    answer = await api.call("PUT", "/v1/customers", [StoredCustomer(customer("c-x", "Secret Person"), None)])
    assert (answer.status, answer.content_type) == (503, "application/problem+json")
    assert "http_storage_failed" in caplog.text
    assert "Secret Person" not in caplog.text
    assert (await api.call("GET", "/health")).status == 200


async def test_many_requests_at_once_each_get_their_own_answer(rig: Rig, api: Api) -> None:
    rig.bind("main", "watch-ada")
    targets = [{"branch": "main", "customer": f"c-{n:03d}", "business": "cash"} for n in range(20)]
    answers = await asyncio.gather(*(api.call("POST", "/v1/targets", target) for target in targets))
    assert [answer.status for answer in answers] == [200] * 20
    rows = (await api.call("GET", "/v1/tasks?limit=100")).rows
    assert sorted(str(row["customer"]) for row in rows) == [target["customer"] for target in targets]


async def test_the_metrics_are_prometheus_text(rig: Rig, api: Api) -> None:
    rig.refuse("watch-ada", ClaimTask(task_id="no-such-task"))
    text = (await api.call("GET", "/metrics")).body.decode()
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["usher_messages_refused_total", ("code", "task_not_offered")] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_openapi_document_is_valid_and_complete(rig: Rig) -> None:
    document = msgspec.json.decode(msgspec.json.encode(openapi(rig.hub.routes, version())), type=dict[str, object])
    OpenAPIV31SpecValidator(document).validate()
    described = document["paths"]
    assert isinstance(described, dict)
    operations = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert operations == {(route.method, route.path) for route in rig.hub.routes}
    ids = [operation["operationId"] for methods in described.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    for route in rig.hub.routes:
        secured = "security" in described[route.path][route.method.lower()]
        assert secured != route.open


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_oversize_body_is_refused(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        head = (
            f"PUT /v1/fleet HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {1 << 40}\r\n\r\n"
        )
        await loop.sock_sendall(raw, head.encode())
        chunk = b" " * (1 << 20)
        answer = b""
        for _ in range(80):
            try:
                await loop.sock_sendall(raw, chunk)
            except OSError:
                break
        while part := await loop.sock_recv(raw, 65536):
            answer += part
            if b"}" in answer:
                break
    assert b" 413 " in answer.split(b"\r\n", 1)[0]
    assert b"application/problem+json" in answer
