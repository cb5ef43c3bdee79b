"""The provisioned fleet: what the hub reads is what the generator and the relay speak for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.fleet import Fleet, provisioning, write_clientele
from benchmarks.profiles import summed
from benchmarks.relay import Template
from hub.customers import StoredCustomer
from hub.fleet import store as fleet_store
from runtime.config import parse_config


def test_the_hub_can_read_the_provisioning() -> None:
    fleet = Fleet(devices=7, branches=3)

    registry = parse_config(provisioning(fleet), fleet_store.Registry, origin="provision.toml")

    assert [branch.name for branch in registry.branches] == [fleet.branch(at) for at in range(3)]
    names = {device.name for device in registry.devices}
    assert names == {fleet.kiosk(at) for at in range(3)} | {fleet.watch(at) for at in range(7)}
    assert sorted(at for branch in range(3) for at in fleet.watches_in(branch)) == list(range(7))
    branches = {advisor.name: advisor.branches for advisor in registry.advisors}
    owners = {device.name: device.advisor for device in registry.devices}
    for branch in range(3):
        for at in fleet.watches_in(branch):
            assert branches[owners[fleet.watch(at)] or ""] == (fleet.branch(branch),)


def test_the_hub_can_read_the_customers(tmp_path: Path) -> None:
    clientele = write_clientele(tmp_path / "customers.jsonl")

    lines = (tmp_path / "customers.jsonl").read_bytes().splitlines()
    refs = [msgspec.json.decode(line, type=StoredCustomer).record.ref for line in lines]

    assert refs == list(clientele.customers)
    assert len(set(refs)) == len(refs) >= 1000
    assert clientele.businesses


def test_the_relay_changes_nothing_but_the_id() -> None:
    payload = b'{"specversion":"1.0","id":"0199aaaa-0000-7000-8000-000000000001","source":"hub","data":{"id":"x"}}'
    other = b"0199bbbb-0000-7000-8000-000000000002"

    copied = Template.of(payload).with_id(other)

    assert copied == payload.replace(b"0199aaaa-0000-7000-8000-000000000001", other)


def test_samples_are_summed_by_thread_and_function() -> None:
    raw = (
        "thread (1): writer;run (a.py:1);commit (b.py:7) 3\n"
        "thread (1): writer;run (a.py:2);run (a.py:9) 1\n"
        "thread (2): main;loop (c.py:4) 2\n"
    )

    first, second = summed(raw)

    assert (first.thread, first.samples) == ("writer", 4)
    assert first.own == {"commit (b.py)": 3, "run (a.py)": 1}
    assert first.within == {"commit (b.py)": 3, "run (a.py)": 4}
    assert (second.thread, second.samples) == ("main", 2)
