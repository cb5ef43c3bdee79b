"""The log of a whole simulated day, with faults and refusals, holds no personal data."""

from __future__ import annotations

import io
import logging
import random
import re
from collections.abc import Iterator

import pytest

from contracts.fields import Language
from contracts.session import BindDevice, UnbindDevice
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    Outcome,
    PassTask,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
    TaskState,
)
from hub.customers import StoredCustomer
from hub.fleet.store import Registry
from models.simulation import SimulatedBank
from runtime.bus import Received
from runtime.logs import KeyValueFormatter
from tests.unit.hub.rig import REGISTRY, Rig

SAYINGS = (
    "我想买一套公寓",
    "전세 대출이 필요해요",
    "My husband lost his job",
    "my card is 4929118255440013",
)
HOURS, TICKETS_AN_HOUR = 10, 20


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the process logs from debug on, as it is written for people."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(KeyValueFormatter())
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.req("W-10")
def test_the_log_of_a_day_names_nobody_and_repeats_nothing_that_was_said(rig: Rig, log: io.StringIO) -> None:
    chance = random.Random(7)
    bank = SimulatedBank(7)
    people = [bank.customer(number) for number in range(HOURS * TICKETS_AN_HOUR)]
    rig.hub.engine.run(lambda unit: rig.hub.customers.take_in(unit, [StoredCustomer(one, "ada") for one in people]))
    wearables = [device.name for device in REGISTRY.devices if device.advisor is not None]
    kiosks = ["kiosk-main", "kiosk-river", "kiosk-yard"]
    products = bank.catalogue.product_codes
    for hour in range(HOURS):
        for device in wearables:
            rig.say(device, BindDevice(branch=chance.choice(["main", "river", "yard"])))
        for n in range(TICKETS_AN_HOUR):
            person = people[hour * TICKETS_AN_HOUR + n]
            kiosk = chance.choice(kiosks)
            letter = rig.letter(kiosk, rig.ticket(kiosk, f"A{hour * TICKETS_AN_HOUR + n:03d}", person.ref))
            rig.deliver(letter, letter)
            device = chance.choice(wearables)
            rig.say(device, NameTarget(customer=chance.choice([person.ref, "c-wrong"]), business="cash"))
            mine = [task for task, view in rig.wrist(device).tasks.items() if view.state is not TaskState.DONE]
            for task in mine[:3]:
                passes = chance.random() < 0.3
                rig.say(device, PassTask(task_id=task) if passes else ClaimTask(task_id=task))
                rig.say(device, StartTalk(task_id=task, consent=chance.choice(list(Consent))))
                words = f"{person.display_name}: {chance.choice(SAYINGS)}"
                said = SegmentHeard(
                    task_id=task, index=n, origin=SegmentOrigin.SPEECH, language=Language.ZH, text=words
                )
                spoken = rig.letter(device, said)
                rig.deliver(spoken)
                damaged = spoken.payload.replace(b'"index":', b'"index":-')
                rig.deliver(Received(spoken.topic, damaged), Received(spoken.topic, spoken.payload[:-9]))
                product = chance.choice([*products, "no_such_product"])
                note = f"note on {person.ref}: {words}"
                given = GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=(product,), note=note)
                rig.say(device, given)
            rig.tick(180)
        rig.say(chance.choice(wearables), UnbindDevice())
        if hour == HOURS // 2:
            with rig.storage.writing() as connection:
                connection.exec_driver_sql("alter table segments rename to gone")
        elif hour == HOURS // 2 + 1:
            with rig.storage.writing() as connection:
                connection.exec_driver_sql("alter table gone rename to segments")
    rig.hub.engine.run(lambda unit: rig.hub.fleet.provision(unit, Registry()))
    text = log.getvalue()
    counts = {name: len(rows) for name, rows in rig.tables().items()}
    assert counts["tickets"] == len(people)
    assert counts["feedback"] > 20
    assert counts["segments"] > 5
    for expected in ("refused device=", "code=no_consent", "code=malformed", "code=invalid_field", "Traceback"):
        assert expected in text
    for person in people:
        for word in (person.display_name, person.ref):
            assert not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text), word
        for word in person.display_name.split():
            assert len(word) < 3 or word not in text, word
    for said_in_private in (*SAYINGS, "husband", "公寓", "전세", "note on"):
        assert said_in_private not in text, said_in_private
    assert "c-wrong" not in text
