"""Anything any device may say, in any order: no handler ever fails, and what must hold holds after each message."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts import AnyMessage
from contracts.fields import AccessNeed, DeviceKind, Language
from contracts.session import BindDevice, DeviceReported, StreamPosition, UnbindDevice
from contracts.tickets import TicketTaken
from contracts.visits import (
    AlertStep,
    AlertsTimed,
    AlertTimes,
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    Outcome,
    PassTask,
    SegmentHeard,
    SegmentOrigin,
    Stance,
    StartTalk,
    TapSignal,
    TaskState,
    TimedStep,
)
from hub.fleet.store import Registry
from hub.kernel import Advisor, Device
from hub.lobby.model import TicketChange
from hub.visits.model import OPEN, State
from runtime.bus import Received
from tests.unit.hub.rig import CUSTOMERS, REGISTRY, Rig, simbank

WEARABLES = [device.name for device in REGISTRY.devices if device.advisor is not None]
KIOSKS = [device.name for device in REGISTRY.devices if device.branch is not None]
DEVICES = [*WEARABLES, *KIOSKS, "watch-eve"]
BRANCHES = [branch.name for branch in REGISTRY.branches]
BUSINESSES = [*(business.code for business in simbank().catalogue.business), "magic"]
PRODUCTS = [*simbank().catalogue.product_codes[:6], "magic"]
TAGS = [*(category.code for category in simbank().catalogue.category[:4]), "magic"]
REFS = [*(entry.record.ref for entry in CUSTOMERS[:5]), "nobody", "\0", "'--"]
FAILED = ("handler_failed", "batch_failed", "storage_failed", "unsayable")


class Faults(logging.Handler):
    """Keeps what must never be logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(FAILED):
            self.lines.append(self.format(record))


class AnyOrder(RuleBasedStateMachine):
    """Every device says valid messages about whatever it may know of."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.faults = Faults()
        self.log = logging.getLogger("hub.engine")
        self.log.addHandler(self.faults)
        self.log.propagate = False
        self.rig = Rig(f"sqlite:///{Path(self.folder.name) / 'hub.sqlite'}")
        self.said: list[Received] = []
        self.waiting: list[Received] = []
        self.seen_tasks: list[str] = ["no-such-task"]
        self.tickets: list[str] = []
        self.ended_alerts: set[str] = set()

    def teardown(self) -> None:
        self.log.removeHandler(self.faults)
        self.log.propagate = True
        self.rig.close()
        self.folder.cleanup()

    def say(self, device: str, message: AnyMessage, *, now: bool) -> None:
        """Straight away, or in the batch that :meth:`flush` makes."""
        letter = self.rig.letter(device, message)
        self.said.append(letter)
        if now:
            self.rig.deliver(letter)
        else:
            self.waiting.append(letter)

    def task(self, data: st.DataObject) -> str:
        """Some task there ever was."""
        return data.draw(st.sampled_from(self.seen_tasks[-8:]))

    @rule(device=st.sampled_from(DEVICES), branch=st.sampled_from([*BRANCHES, "nowhere"]), now=st.booleans())
    def bind(self, device: str, branch: str, now: bool) -> None:
        self.say(device, BindDevice(branch=branch), now=now)

    @rule(branch=st.sampled_from(BRANCHES[:3]))
    def bind_all(self, branch: str) -> None:
        self.rig.deliver(*(self.rig.letter(device, BindDevice(branch=branch)) for device in WEARABLES))

    @rule(device=st.sampled_from(DEVICES), now=st.booleans())
    def unbind(self, device: str, now: bool) -> None:
        self.say(device, UnbindDevice(), now=now)

    @rule(
        kiosk=st.sampled_from([*KIOSKS, "watch-ada"]),
        number=st.integers(0, 30),
        customer=st.none() | st.sampled_from(REFS),
        business=st.sampled_from(BUSINESSES),
        booked=st.booleans(),
        needs=st.lists(st.sampled_from(AccessNeed), max_size=3).map(tuple),
        now=st.booleans(),
    )
    def ticket(
        self,
        kiosk: str,
        number: int,
        customer: str | None,
        business: str,
        booked: bool,
        needs: tuple[AccessNeed, ...],
        now: bool,
    ) -> None:
        ticket = TicketTaken(
            ticket=self.rig.ids.new(),
            branch=self.rig.hub.directory.devices[kiosk].branch or "main",
            number=f"A{number:03d}",
            service_class="A",
            business=business,
            language=Language.EN,
            customer=customer,
            booked=booked,
            needs=needs,
        )
        self.tickets.append(ticket.ticket)
        self.say(kiosk, ticket, now=now)

    @rule(
        device=st.sampled_from(DEVICES),
        customer=st.sampled_from(REFS),
        business=st.sampled_from(BUSINESSES),
        now=st.booleans(),
    )
    def name(self, device: str, customer: str, business: str, now: bool) -> None:
        self.say(device, NameTarget(customer=customer, business=business), now=now)

    @rule(data=st.data(), device=st.sampled_from(DEVICES), now=st.booleans())
    def claim(self, data: st.DataObject, device: str, now: bool) -> None:
        self.say(device, ClaimTask(task_id=self.task(data)), now=now)

    @rule(data=st.data(), device=st.sampled_from(DEVICES), now=st.booleans())
    def pass_on(self, data: st.DataObject, device: str, now: bool) -> None:
        self.say(device, PassTask(task_id=self.task(data)), now=now)

    @rule(data=st.data(), device=st.sampled_from(DEVICES), consent=st.sampled_from(Consent), now=st.booleans())
    def talk(self, data: st.DataObject, device: str, consent: Consent, now: bool) -> None:
        self.say(device, StartTalk(task_id=self.task(data), consent=consent), now=now)

    @rule(
        data=st.data(),
        device=st.sampled_from(DEVICES),
        index=st.integers(0, 3),
        origin=st.sampled_from(SegmentOrigin),
        text=st.text(max_size=8),
        now=st.booleans(),
    )
    def segment(
        self, data: st.DataObject, device: str, index: int, origin: SegmentOrigin, text: str, now: bool
    ) -> None:
        heard = SegmentHeard(task_id=self.task(data), index=index, origin=origin, language=Language.KO, text=text)
        self.say(device, heard, now=now)

    @rule(
        data=st.data(),
        device=st.sampled_from(DEVICES),
        product=st.sampled_from(PRODUCTS),
        stance=st.sampled_from(Stance),
        now=st.booleans(),
    )
    def signal(self, data: st.DataObject, device: str, product: str, stance: Stance, now: bool) -> None:
        self.say(device, TapSignal(task_id=self.task(data), product=product, stance=stance), now=now)

    @rule(
        data=st.data(),
        device=st.sampled_from(DEVICES),
        mine=st.booleans(),
        within_us=st.sampled_from([0, 700, 2**53]),
        steps=st.lists(
            st.tuples(st.sampled_from(AlertStep), st.sampled_from([0, 1, 10**9, 2**53])), min_size=1, max_size=4
        ),
        now=st.booleans(),
    )
    def receipts(
        self,
        data: st.DataObject,
        device: str,
        mine: bool,
        within_us: int,
        steps: list[tuple[AlertStep, int]],
        now: bool,
    ) -> None:
        timed = AlertTimes(
            task_id=self.task(data),
            epoch=self.rig.hub.streams.epoch if mine else "another-run",
            within_us=within_us,
            steps=tuple(TimedStep(step=step, hub_us=at) for step, at in steps),
        )
        self.say(device, AlertsTimed(alerts=(timed, timed)), now=now)

    @rule(
        data=st.data(),
        device=st.sampled_from(DEVICES),
        outcome=st.sampled_from(Outcome),
        products=st.lists(st.sampled_from(PRODUCTS), max_size=3).map(tuple),
        preferences=st.lists(st.sampled_from(TAGS), max_size=3).map(tuple),
        refused=st.lists(st.sampled_from(PRODUCTS), max_size=3).map(tuple),
        now=st.booleans(),
    )
    def feedback(
        self,
        data: st.DataObject,
        device: str,
        outcome: Outcome,
        products: tuple[str, ...],
        preferences: tuple[str, ...],
        refused: tuple[str, ...],
        now: bool,
    ) -> None:
        given = GiveFeedback(
            task_id=self.task(data), outcome=outcome, products=products, preferences=preferences, refused=refused
        )
        self.say(device, given, now=now)

    @rule(data=st.data(), way=st.sampled_from(TicketChange))
    def counter(self, data: st.DataObject, way: TicketChange) -> None:
        if self.tickets:
            ticket = data.draw(st.sampled_from(self.tickets[-5:]))
            self.rig._hear(self.rig.hub.engine.run(lambda unit: self.rig.hub.lobby.end(unit, ticket, way))[1])

    @rule(device=st.sampled_from(DEVICES), known=st.booleans())
    def report(self, device: str, known: bool) -> None:
        kind = REGISTRY.devices[0].kind
        position = self.rig.wrist(device).position if known else StreamPosition(epoch="another-run", revision=3)
        self.rig.say(device, DeviceReported(kind=kind, agent_version="0", position=position, exact=True))

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        if self.said:
            self.rig.deliver(data.draw(st.sampled_from(self.said[-10:])))

    @rule()
    def flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        self.rig.deliver(*waiting)

    @rule(
        owner=st.sampled_from(["ada", "ben"]),
        branches=st.lists(st.sampled_from(BRANCHES[:3]), min_size=1, unique=True).map(tuple),
    )
    def provision(self, owner: str, branches: tuple[str, ...]) -> None:
        """The band changes hands, and its owner's branches change."""
        changed = Registry(
            advisors=(Advisor(name="ada", branches=branches),),
            devices=(Device(name="band-ada", kind=DeviceKind.BAND, advisor=owner),),
        )
        self.rig._hear(self.rig.hub.engine.run(lambda unit: self.rig.hub.fleet.provision(unit, changed))[1])

    @rule(seconds=st.sampled_from([0.0, 1.0, 20.0, 31.0, 599.9995, 3601.0]))
    def time(self, seconds: float) -> None:
        self.rig.tick(seconds)

    @invariant()
    def nothing_failed(self) -> None:
        assert self.faults.lines == []

    @invariant()
    def what_must_hold_holds(self) -> None:
        rows = self.rig.tasks()
        directory = self.rig.hub.directory
        self.seen_tasks = ["no-such-task", *sorted(task.id for task in rows)]
        tickets = [ticket for task in rows for ticket in task.tickets]
        assert len(tickets) == len(set(tickets)), "a ticket belongs to one task"
        keys = [task.open_key for task in rows if task.open_key is not None]
        assert len(keys) == len(set(keys)), "one open visit a customer and branch"
        kept = {(task, device) for task, device, _ in self.rig.tables()["receipts"]}
        assert kept <= {(task.id, device) for task in rows for device in task.offered_to}, "of what nobody offered"
        holds: dict[str, set[str]] = {}
        for task in rows:
            bound = {one.device: one.advisor for one in directory.bound_to(task.branch)}
            if task.state is State.OFFERED:
                assert task.holder is None
                assert set(task.audience) <= set(bound), "offered to a device of another branch"
                assert not {bound[device] for device in task.audience} & set(task.passed)
                holds[task.id] = set(task.audience)
            elif task.state in OPEN:
                assert task.holder in bound.values(), "held by somebody who is not there"
                assert task.audience == ()
                holds[task.id] = {device for device, advisor in bound.items() if advisor == task.holder}
            else:
                assert task.ended is not None
                assert task.audience == ()
            assert task.due <= task.expires or not task.open
        for device, wrist in self.rig.wrists.items():
            live = {task for task, view in wrist.tasks.items() if view.state is not TaskState.DONE}
            assert live == {task for task, holders in holds.items() if device in holders}, device
            for task_id in live:
                view = wrist.tasks[task_id]
                assert wrist.binding is not None
                assert view.branch == wrist.binding.branch
                assert view.pages is None or view.holder == wrist.binding.advisor, "pages are the holder's only"


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """One hub for all examples: whatever bytes come, they must leave it as it was."""
    rig = Rig(f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'hub.sqlite'}")
    rig.bind("main", "watch-ada")
    rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.close()
    return rig


lanes = st.sampled_from(["report", "bind", "tickets", "visits"]).map("devices/watch-ada/v1/up/{}".format)
bytes_like_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
).map(msgspec.json.encode)
heads = st.fixed_dictionaries(
    {},
    optional={
        "specversion": st.just("1.0") | st.text(max_size=4),
        "id": st.text(max_size=80),
        "source": st.just("devices/watch-ada") | st.text(max_size=30),
        "type": st.sampled_from(["task.claim.v1", "device.bind.v1", "device.bind.v9"]) | st.text(max_size=80),
        "time": st.just("2026-03-02T09:00:00Z") | st.text(max_size=30),
        "expires": st.text(max_size=30),
        "data": st.none() | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
    },
).map(msgspec.json.encode)

payloads = st.binary(max_size=60) | bytes_like_json | heads


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batch=st.lists(
        st.tuples(lanes | st.text(max_size=30), st.binary(max_size=60) | bytes_like_json | heads), max_size=5
    )
)
def test_any_bytes_are_refused_and_answered_and_change_nothing(shared: Rig, batch: list[tuple[str, bytes]]) -> None:
    before = shared.metric_sum("usher_messages_refused_total")
    told = shared.deliver(*(Received(topic, payload) for topic, payload in batch))
    assert shared.metric_sum("usher_messages_refused_total") == before + len(batch)
    assert len(told) == sum(topic.startswith("devices/watch-ada/v1/up/") for topic, _ in batch)
