"""One rich envelope for each message type, by wire type; their bytes are kept in ``tests/wire/v1`` for good."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from contracts import AnyMessage, Envelope, ErrorCode
from contracts.audio import (
    AudioClosed,
    AudioEnded,
    AudioFrames,
    AudioGranted,
    AudioHeard,
    AudioOpened,
    AudioRefused,
    AudioStop,
)
from contracts.fields import AccessNeed, DeviceKind, Language, Urgency
from contracts.lobby import ClassOutlook, LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from contracts.messages import wire_type
from contracts.models import (
    HeldModel,
    ModelAnnounced,
    ModelChunk,
    ModelChunkWanted,
    ModelReported,
    ModelState,
)
from contracts.session import (
    BindDevice,
    Binding,
    BranchChoice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    Presence,
    PresenceChanged,
    StreamPosition,
    UnbindDevice,
)
from contracts.tickets import TicketTaken
from contracts.visits import (
    AlertStep,
    AlertsTimed,
    AlertTimes,
    ClaimTask,
    Consent,
    CustomerPages,
    DroppedProduct,
    Field,
    GiveFeedback,
    HeardWord,
    NameTarget,
    Outcome,
    PassTask,
    Plan,
    PlanMove,
    PlannedProduct,
    Preference,
    Reason,
    SegmentHeard,
    SegmentOrigin,
    Stance,
    StartTalk,
    TapSignal,
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskView,
    TaskWithdrawn,
    TimedStep,
    WithdrawReason,
)

NINE = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TASK = "0195c1b0-7a10-7000-8000-00000000t001"
STREAM = "0195c1b0-7a10-7000-8000-00000000a001"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
AT = StreamPosition(epoch="0195c1b0-0000-7000-8000-0000000000e1", revision=41)
CHOICES = (BranchChoice(branch="main-street", title="Main Street"), BranchChoice(branch="gangnam", title="강남 지점"))
BINDING = Binding(branch="gangnam", title="강남 지점", advisor="kim-minji", language=Language.KO, since=NINE)
PLAN = Plan(
    products=(
        PlannedProduct(
            code="APERSAUT",
            name="汽车保险",
            probability=0.625,
            reasons=(
                Reason(code="holds.fire", text="已持有火灾保险"),
                Reason(code="area.cars", text="所在地区汽车较多"),
            ),
        ),
        PlannedProduct(code="ABRAND", name="화재보험", probability=0.25),
    ),
    preferences=(Preference(tag="low-risk", weight=0.75), Preference(tag="travel", weight=0.5)),
    removed=3,
    model="coil2000/2026-03-01",
    made_at=NINE,
)
OFFERED = TaskView(
    task=TASK,
    branch="gangnam",
    state=TaskState.OFFERED,
    urgency=Urgency.URGENT,
    customer_name="欧阳 娜",
    business="insurance",
    business_name="保险业务",
    booked=True,
    waiting_since=NINE,
    offered_at=NINE,
    expires=TEN,
    plan=PLAN,
    number="LK017",
)
HELD = TaskView(
    task=TASK,
    branch="gangnam",
    state=TaskState.HELD,
    urgency=Urgency.ORDINARY,
    customer_name="欧阳 娜娜",
    business="insurance",
    business_name="보험",
    booked=True,
    waiting_since=NINE,
    offered_at=NINE,
    expires=TEN,
    plan=PLAN,
    number="LK017",
    holder="kim-minji",
    pages=CustomerPages(
        customer=(Field(code="phone", value="•••• 5678", masked=True), Field(code="name", value="欧阳", masked=False)),
        assets=(Field(code="products", value="4", masked=False),),
        preferences=(),
    ),
)
DONE = TaskView(
    task=TASK,
    branch="gangnam",
    state=TaskState.DONE,
    urgency=Urgency.ORDINARY,
    customer_name="欧阳 娜娜",
    business="insurance",
    business_name="보험",
    booked=False,
    waiting_since=NINE,
    offered_at=NINE,
    expires=TEN,
    plan=PLAN,
    holder="kim-minji",
    match_score=0.875,
)

MESSAGES: tuple[tuple[str, AnyMessage], ...] = (
    ("devices/watch-1", BindDevice(branch="gangnam")),
    ("devices/watch-1", UnbindDevice()),
    ("devices/watch-1", ClaimTask(task_id=TASK)),
    ("devices/watch-1", PassTask(task_id=TASK)),
    ("devices/watch-1", NameTarget(customer="客户-000123", business="insurance")),
    ("devices/watch-1", StartTalk(task_id=TASK, consent=Consent.GRANTED)),
    (
        "devices/watch-1",
        SegmentHeard(
            task_id=TASK,
            index=7,
            origin=SegmentOrigin.SPEECH,
            language=Language.ZH,
            text="我想给新车买一份保险 🚗\n“全险”多少钱？",
        ),
    ),
    (
        "devices/watch-1",
        GiveFeedback(
            task_id=TASK,
            outcome=Outcome.SUCCESS,
            products=("APERSAUT", "ABRAND"),
            preferences=("low-risk",),
            note="다음 주에 다시 방문",
        ),
    ),
    (
        "devices/watch-1",
        DeviceReported(kind=DeviceKind.WATCH, agent_version="0.1.0", position=AT, exact=True, battery_percent=83),
    ),
    ("devices/watch-1", PresenceChanged(presence=Presence.ONLINE)),
    (
        "devices/kiosk-1",
        TicketTaken(
            ticket="0195c1b0-7a10-7000-8000-00000000f001",
            branch="gangnam",
            number="LK017",
            service_class="L",
            business="insurance",
            language=Language.KO,
            customer="客户-000123",
            booked=True,
            needs=(AccessNeed.SEAT, AccessNeed.LARGE_TEXT),
        ),
    ),
    ("hub", DeviceWelcomed(hub_time=NINE, epoch=AT.epoch, current=False)),
    ("hub", HubStarted(epoch=AT.epoch)),
    ("hub", DeviceBound(position=AT, binding=BINDING, choices=CHOICES)),
    (
        "hub",
        DeliveryAcked(ids=("0195c1b0-7a10-7000-8000-000000000001", "0195c1b0-7a10-7000-8000-000000000002")),
    ),
    (
        "hub",
        MessageRefused(
            id="0195c1b0-7a10-7000-8000-000000000003",
            code=ErrorCode.CLOCK_SKEWED,
            detail="the time is 3600 s ahead: set the clock by hub_time",
            hub_time=NINE,
        ),
    ),
    ("hub", TaskOffered(position=AT, task=OFFERED)),
    ("hub", TaskClaimed(position=AT, task_id=TASK, holder="kim-minji", task=HELD)),
    ("hub", TaskUpdated(position=AT, task=DONE)),
    ("hub", TaskWithdrawn(position=AT, task_id=TASK, reason=WithdrawReason.PASSED_ON)),
    ("hub", TasksSynced(position=AT, part=1, parts=2, binding=BINDING, choices=CHOICES, tasks=(OFFERED, HELD))),
    (
        "hub",
        ModelAnnounced(
            version="0b8c6a51d2f4", serial=7, signature=b'{"manifest":{},"key":"","signature":""}', chunk_bytes=8192
        ),
    ),
    (
        "devices/watch-1",
        ModelChunkWanted(version="0b8c6a51d2f4", serial=7, file="model.onnx", offset=16384, size=8192),
    ),
    ("hub", ModelChunk(version="0b8c6a51d2f4", serial=7, file="model.onnx", offset=16384, data=bytes(range(256)))),
    (
        "devices/watch-1",
        ModelReported(
            version="0b8c6a51d2f4",
            serial=7,
            state=ModelState.FAILED,
            active=HeldModel(version="77d0be5a1c3e", serial=6),
            installed=(HeldModel(version="77d0be5a1c3e", serial=6), HeldModel(version="0b8c6a51d2f4", serial=7)),
            why="model.onnx: not a usable model",
        ),
    ),
    ("devices/watch-1", TapSignal(task_id=TASK, product="APERSAUT", stance=Stance.REFUSAL)),
    (
        "devices/watch-1",
        AlertsTimed(
            alerts=(
                AlertTimes(
                    task_id=TASK,
                    epoch=AT.epoch,
                    within_us=740,
                    steps=(
                        TimedStep(step=AlertStep.DELIVERED, hub_us=86_400_123_456),
                        TimedStep(step=AlertStep.SHOWN, hub_us=86_400_135_001),
                        TimedStep(step=AlertStep.BUZZED, hub_us=86_400_136_000),
                    ),
                ),
                AlertTimes(
                    task_id="0195c1b0-7a10-7000-8000-00000000t002",
                    epoch=AT.epoch,
                    within_us=0,
                    steps=(TimedStep(step=AlertStep.CLAIMED, hub_us=2**53),),
                ),
            )
        ),
    ),
    (
        "devices/band-1",
        AudioOpened(stream=STREAM, task_id=TASK, language=Language.KO, begins_ms=61_480, sent=100, heard=2),
    ),
    (
        "devices/band-1",
        AudioFrames(stream=STREAM, first=4711, sent=4606, frames=(b"\x48", bytes(range(120)), b"\x48\xff"), heard=2),
    ),
    ("devices/band-1", AudioClosed(stream=STREAM, end=4714, heard=3, discard=True)),
    ("hub", AudioGranted(stream=STREAM, frames=4709, engine="vosk")),
    (
        "hub",
        AudioRefused(stream=STREAM, why=AudioStop.BUSY, detail="all recognisers are in use", retry_after_s=12.5),
    ),
    (
        "hub",
        AudioHeard(
            stream=STREAM,
            number=2,
            language=Language.KO,
            text="펀드는 됐고요, 적금은?",
            index=9,
            words=(
                HeardWord(text="펀드는", confidence=0.875),
                HeardWord(text="됐고요", confidence=0.5),
                HeardWord(text="적금은", confidence=1.0),
            ),
            engine="vosk",
            at_ms=155_700,
        ),
    ),
    ("hub", AudioEnded(stream=STREAM, segments=3)),
    ("devices/kiosk-1", NumbersWanted(service_class="L", has=3, uses=3)),
    ("hub", NumbersLeased(service_class="L", serial=4, first=101, last=150)),
    (
        "hub",
        LobbyTold(
            at=NINE,
            classes=(
                ClassOutlook(service_class="A", waiting=3, low_s=240.5, high_s=1020.0),
                ClassOutlook(service_class="L", waiting=0, late=True),
            ),
            closes=TEN,
            out_of_order=True,
            notice="请使用另一台取号机",
        ),
    ),
    ("hub", TicketAdvised(ticket="01977a4e-0000-7000-8000-0000000000a1", products=("deposit", "bond_fund"))),
)

MOVED = msgspec.structs.replace(
    HELD,
    state=TaskState.TALKING,
    plan=msgspec.structs.replace(
        PLAN,
        dropped=(
            DroppedProduct(code="AWAPART", name="제3자 보험", why=Reason(code="cooling_off", text="2026-01-05 거절")),
        ),
        moves=(
            PlanMove(code="APERSAUT", was=1, now=0, why=Reason(code="interest", text="고객이 관심을 보임")),
            PlanMove(code="ABRAND", was=None, now=1, why=Reason(code="other_refusal", text="客户拒绝了“汽车保险”")),
        ),
    ),
)
GROWN: tuple[tuple[str, str, AnyMessage], ...] = (
    ("clock", "hub", DeviceWelcomed(hub_time=NINE, epoch=AT.epoch, current=True, hub_us=86_400_000_001, held_us=2_500)),
    ("talk", "hub", TaskUpdated(position=AT, task=MOVED)),
    (
        "queue",
        "devices/kiosk-1",
        TicketTaken(
            ticket="0195c1b0-7a10-7000-8000-00000000f001",
            branch="gangnam",
            number="L117",
            service_class="L",
            business="insurance",
            language=Language.ZH,
            follow="q3Zk1n0bT6uW9yXcVdEfGg",
            also=("cash", "account"),
            appointment=TEN,
        ),
    ),
)
"""Messages with the fields that were added later; the bytes of before are kept beside theirs and stay valid."""


def envelope(number: int, source: str, message: AnyMessage) -> Envelope[AnyMessage]:
    """The example around a message, with every attribute that an envelope may have."""
    return Envelope[AnyMessage](
        id=f"0195c1b0-7a10-7000-8000-{number:012d}",
        source=source,
        type=wire_type(type(message)),
        time=NINE,
        subject="0195c1b0-7a10-7000-8000-00000000f001",
        traceparent=TRACE,
        expires=TEN,
        correlationid="0195c1b0-7a10-7000-8000-00000000c001",
        data=message,
    )


EXAMPLES: dict[str, Envelope[AnyMessage]] = {
    wire_type(type(message)): envelope(number, source, message) for number, (source, message) in enumerate(MESSAGES, 1)
}
"""The example of each message type, by wire type."""

GROWN_EXAMPLES: dict[str, Envelope[AnyMessage]] = {
    f"{wire_type(type(message))}+{name}": envelope(100 + number, source, message)
    for number, (name, source, message) in enumerate(GROWN, 1)
}
"""The later examples, by wire type and what was added."""
