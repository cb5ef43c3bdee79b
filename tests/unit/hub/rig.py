"""A whole hub in the test's process: real engine, model and database, a clock in its hand, mirrored wrists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy import select

from contracts import AnyMessage, Envelope, ErrorCode, decode, encode, topics
from contracts.fields import AccessNeed, DeviceKind, Language
from contracts.messages import wire_type
from contracts.session import BindDevice, DeliveryAcked, DeviceReported, MessageRefused, StreamPosition
from contracts.tickets import TicketTaken
from hub.bootstrap import Hub, bus_settings
from hub.config import HubConfig
from hub.customers import StoredCustomer
from hub.fleet.store import Registry
from hub.hearing.ports import Recognition
from hub.kernel import Advisor, Branch, Device, PolicyKind, Role
from hub.learning.parts import LearningTools
from hub.server import Work
from hub.storage import UnitOfWork, metadata, open_storage
from hub.visits import store
from hub.visits.model import Task
from models.customers import CustomerRecord
from models.ranking import Ranker
from models.scorer import OnnxScorer, artefact_directory
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.unit.hub.wrist import Wrist

Result = TypeVar("Result")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Tables = dict[str, list[tuple[object, ...]]]


@cache
def simbank() -> OnnxScorer:
    """The simulated bank's trained model, loaded once a test process."""
    return OnnxScorer.load(artefact_directory("simbank"))


def customer(
    ref: str,
    name: str,
    *,
    holdings: Sequence[str] = ("current_account",),
    risk_rating: int = 3,
    age: int | None = 40,
    segment: str = "family",
) -> CustomerRecord:
    """A customer of the simulated bank."""
    return CustomerRecord(
        ref=ref,
        display_name=name,
        profile={"age": float(age or 40), "segment": 3.0, "income_class": 5.0, "risk_rating": float(risk_rating)},
        holdings=frozenset(holdings),
        hidden_product=None,
        segment=segment,
        risk_rating=risk_rating,
        age=age,
        age_band="35–44",
    )


ANN = customer("c-ann", "Ann Leibowitz")
WANG = customer("c-wang", "王小明", holdings=("current_account", "credit_card"), risk_rating=1)
KIM = customer("c-kim", "김민지", holdings=("savings_account",), age=17, segment="student")
CUSTOMERS = (
    StoredCustomer(ANN, "ada"),
    StoredCustomer(WANG, "ben"),
    StoredCustomer(KIM, None),
    *(StoredCustomer(customer(f"c-{n:03d}", f"Person Number{n}"), None) for n in range(20)),
)

REGISTRY = Registry(
    branches=(
        Branch(
            name="main",
            title="Main Street",
            claim_within_s=30,
            task_lifetime_s=600,
            held_lifetime_s=3600,
            transcript_days=1,
        ),
        Branch(
            name="river",
            title="한강 지점",
            policy=PolicyKind.RELATIONSHIP,
            claim_within_s=20,
            task_lifetime_s=600,
            time_zone="Asia/Seoul",
        ),
        Branch(name="yard", title="老院子", policy=PolicyKind.BALANCED, claim_within_s=20, task_lifetime_s=600),
        Branch(name="closed", title="Nobody's", task_lifetime_s=600),
    ),
    advisors=(
        Advisor(name="ada", branches=("main", "river", "yard")),
        Advisor(name="ben", branches=("main", "river", "yard"), role=Role.SENIOR, language=Language.ZH),
        Advisor(name="cho", branches=("main", "river", "yard"), role=Role.MANAGER, language=Language.KO),
        Advisor(name="dov", branches=("yard",), skills=("loan",)),
    ),
    devices=(
        Device(name="watch-ada", kind=DeviceKind.WATCH, advisor="ada"),
        Device(name="band-ada", kind=DeviceKind.BAND, advisor="ada"),
        Device(name="watch-ben", kind=DeviceKind.WATCH, advisor="ben"),
        Device(name="watch-cho", kind=DeviceKind.WATCH, advisor="cho"),
        Device(name="watch-dov", kind=DeviceKind.WATCH, advisor="dov"),
        Device(name="kiosk-main", kind=DeviceKind.KIOSK, branch="main"),
        Device(name="kiosk-river", kind=DeviceKind.KIOSK, branch="river"),
        Device(name="kiosk-yard", kind=DeviceKind.KIOSK, branch="yard"),
    ),
)


class HandClock:
    """Time that passes when the test says so."""

    def __init__(self, start: datetime = NINE) -> None:
        self._start = self._now = start
        self._wrong_by = timedelta()

    def now(self) -> datetime:
        return self._now + self._wrong_by

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        self._now += timedelta(seconds=seconds)

    def set_back(self, seconds: float) -> None:
        """Somebody sets the wall clock back; no time passes."""
        self._wrong_by -= timedelta(seconds=seconds)


class Told(msgspec.Struct, frozen=True):
    """What the hub said to a device."""

    device: str
    envelope: Envelope[AnyMessage]

    @property
    def message(self) -> AnyMessage:
        """The message in the envelope."""
        return self.envelope.data


class Rig:
    """A hub on the database of ``url`` with the fleet and customers above; call :meth:`close` at the end."""

    def __init__(
        self,
        url: str,
        *,
        registry: Registry = REGISTRY,
        customers: Sequence[StoredCustomer] = CUSTOMERS,
        config: HubConfig | None = None,
        clock: HandClock | None = None,
        migrate: bool = False,
        run: int = 1,
        scorer: OnnxScorer | None = None,
        learning: LearningTools | None = None,
        recognition: Recognition | None = None,
        broker: MemoryBroker | None = None,
    ) -> None:
        self.clock = clock or HandClock()
        self.storage = open_storage(url, migrate=migrate)
        self.broker = broker or MemoryBroker()
        self.ids = SeededIds("test", run)
        self.wrists: dict[str, Wrist] = {}
        self.told: list[Told] = []
        scorer = scorer or simbank()

        async def blocking(work: Work) -> list[Outgoing]:
            return work()

        self.hub = Hub(
            config=config or HubConfig(),
            storage=self.storage,
            bus=self.broker.bus(bus_settings("mqtt://memory", 30)),
            analyst=Ranker(scorer),
            catalogue=scorer.catalogue,
            model_version=scorer.version,
            clock=self.clock,
            ids=SeededIds(f"hub{run}", run),
            blocking=blocking,
            learning=learning,
            recognition=recognition,
        )
        self.hub.engine.run(lambda unit: self.hub.fleet.provision(unit, registry))
        self.hub.engine.run(lambda unit: self.hub.customers.take_in(unit, customers))

    def close(self) -> None:
        """Close the database."""
        self.storage.close()

    def letter(
        self,
        device: str,
        message: AnyMessage,
        *,
        message_id: str | None = None,
        at: datetime | None = None,
        expires: datetime | None = None,
        topic: str | None = None,
        source: str | None = None,
    ) -> Received:
        """The message as it arrives from the device."""
        envelope = Envelope[AnyMessage](
            id=message_id or self.ids.new(),
            source=source or topics.source_of(device),
            type=wire_type(type(message)),
            time=at or self.clock.now(),
            expires=expires or UNSET,
            traceparent=self.ids.traceparent(),
            data=message,
        )
        return Received(topic or topics.up(device, type(message)), encode(envelope))

    def deliver(self, *letters: Received) -> list[Told]:
        """One batch; returns what the hub says about it, after the wrists have taken it."""
        return self._hear(self.hub.engine.process(letters))

    def say(self, device: str, message: AnyMessage, **how: str | datetime) -> list[Told]:
        """One message as a batch of its own."""
        return self.deliver(self.letter(device, message, **how))  # type: ignore[arg-type]  # by name, as of letter

    def accept(self, device: str, message: AnyMessage) -> list[Told]:
        """One message that the hub must take."""
        told = self.say(device, message)
        assert not refusals(told), refusals(told)
        return told

    def refuse(self, device: str, message: AnyMessage, **how: str | datetime) -> ErrorCode:
        """One message that the hub must refuse without any effect; returns the code."""
        return self.refuse_raw(self.letter(device, message, **how))  # type: ignore[arg-type]  # by name, as of letter

    def refuse_raw(self, letter: Received, device: str | None = None) -> ErrorCode:
        """As :meth:`refuse`, for bytes: the device is told, the metric counts it, no table changes.

        Only the inbox may remember the id, with the refusal, so that the repetition is refused too.
        """
        parsed = topics.parse_up(letter.topic)
        speaker = device or (parsed.device if isinstance(parsed, topics.UpTopic) else None)
        before, refused_before = self.tables(), self.metric_sum("usher_messages_refused_total")
        told = self.deliver(letter)
        after = self.tables()
        remembered = [row for row in after.pop("inbox") if row not in before["inbox"]]
        assert all(row[-1] is not None for row in remembered), "a refused message counts as taken"
        assert after == {name: rows for name, rows in before.items() if name != "inbox"}, "it changed a table"
        assert self.metric_sum("usher_messages_refused_total") == refused_before + 1
        assert len(told) == 1, told
        refused = told[0].message
        assert isinstance(refused, MessageRefused)
        assert told[0].device == speaker
        assert refused.hub_time == self.clock.now()
        assert self.metric("usher_messages_refused_total", code=refused.code.value) >= 1
        return refused.code

    def tick(self, seconds: float = 0.0) -> list[Told]:
        """Let time pass, then let the hub's timer run."""
        self.clock.advance(seconds)
        return self._hear(self.hub.engine.tick())

    def run(self, job: Callable[[UnitOfWork], Result]) -> tuple[Result, list[Told]]:
        """A job as HTTP and the hub's own rooms have it done, and what the devices are told then."""
        result, outgoing = self.hub.engine.run(job)
        return result, self._hear(outgoing)

    def bind(self, branch: str, *devices: str) -> None:
        """Bind devices to a branch."""
        for device in devices:
            self.accept(device, BindDevice(branch=branch))

    def report(self, device: str, position: StreamPosition | None = None) -> list[Told]:
        """The device reports where it stands."""
        kind = self.hub.directory.devices[device].kind
        return self.say(device, DeviceReported(kind=kind, agent_version="0", position=position))

    def ticket(
        self,
        kiosk: str,
        number: str,
        customer: str | None = None,
        *,
        business: str = "advice",
        ticket: str | None = None,
        booked: bool = False,
        needs: tuple[AccessNeed, ...] = (),
    ) -> TicketTaken:
        """A ticket of the kiosk's own branch."""
        return TicketTaken(
            ticket=ticket or self.ids.new(),
            branch=self.hub.directory.devices[kiosk].branch or "",
            number=number,
            service_class=number[0],
            business=business,
            language=Language.EN,
            customer=customer,
            booked=booked,
            needs=needs,
        )

    def walk_in(self, kiosk: str, number: str, customer: str | None = None, *, business: str = "advice") -> str:
        """A customer takes a ticket; returns the id of the one task that comes of it."""
        before = {row[0] for row in self.tables()["tasks"]}
        self.accept(kiosk, self.ticket(kiosk, number, customer, business=business))
        new = [str(row[0]) for row in self.tables()["tasks"] if row[0] not in before]
        assert len(new) == 1
        return new[0]

    def wrist(self, device: str) -> Wrist:
        """What the device holds."""
        return self.wrists.setdefault(device, Wrist())

    def holders_of(self, task: str) -> set[str]:
        """Devices that hold the task."""
        return {name for name, wrist in self.wrists.items() if task in wrist.tasks}

    def tables(self) -> Tables:
        """Every row of every table."""
        with self.storage.reading() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for table in metadata.sorted_tables
            }

    def tasks(self) -> list[Task]:
        """Every task there ever was."""
        with self.storage.reading() as connection:
            unit = UnitOfWork(connection, self.clock.now())
            return store.recent_tasks(unit, branch=None, open_only=False, most=100_000)

    def metric(self, name: str, **labels: str) -> float:
        """A metric's value, 0 when it was never counted."""
        return self.hub.metrics.registry.get_sample_value(name, labels) or 0.0

    def metric_sum(self, name: str) -> float:
        """A metric summed over its labels."""
        samples = (sample for family in self.hub.metrics.registry.collect() for sample in family.samples)
        return sum(sample.value for sample in samples if sample.name == name)

    def _hear(self, outgoing: Sequence[Outgoing]) -> list[Told]:
        told = []
        for one in outgoing:
            device = one.topic.split("/")[1]
            assert one.topic == topics.down(device)
            assert not one.retain
            envelope = decode(one.payload)
            assert isinstance(envelope, Envelope), f"the hub said what nobody can read: {envelope}"
            assert envelope.source == "hub"
            self.wrist(device).take(envelope.data)
            told.append(Told(device, envelope))
        self.told += told
        return told


def refusals(told: Sequence[Told]) -> list[MessageRefused]:
    """The refusals among what was said."""
    return [one.message for one in told if isinstance(one.message, MessageRefused)]


def acked(told: Sequence[Told]) -> list[str]:
    """The ids acknowledged, in order."""
    return [one_id for one in told if isinstance(one.message, DeliveryAcked) for one_id in one.message.ids]
