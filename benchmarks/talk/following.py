"""From the final text to the new plan on the wrist: the real agent on a real store, beside one bare durable write."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.talk.signals import UTTERANCES, read_cases
from contracts import AnyMessage, Envelope, encode, topics
from contracts.fields import DeviceKind, Language, Urgency
from contracts.messages import wire_type
from contracts.session import BranchChoice, DeviceReported
from contracts.visits import (
    Consent,
    HeardWord,
    Plan,
    PlanBasis,
    PlannedProduct,
    RankedOffer,
    TaskState,
    TaskView,
)
from device_agent.agent import DeviceAgent
from device_agent.core.hearing import Listener, Spoken
from device_agent.events import Journal
from device_agent.haptics import Recorder
from device_agent.replay.prior import prior_of
from device_agent.stories.hub import StoryHub
from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.talk.lexicon import Lexicon
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.clock import SystemClock
from runtime.ids import UuidIds

WATCH, TASK = "watch-1", "task-bench"
WARM_UP = 20


class PlanLatency(msgspec.Struct, frozen=True, kw_only=True):
    """``plan_``: from the listener's call with the final text until the state that the window draws has the new plan:
    it is redacted, written durably with its message, understood and ranked in between. ``bare_commit_p50_ms``: one
    durable SQLite transaction of one row on the same disk in the same run. ``moved``: how many of ``n`` moved the plan.
    """

    n: int
    moved: int
    plan_p50_ms: float
    plan_p95_ms: float
    understand_p50_ms: float
    bare_commit_p50_ms: float
    ratio_commit: float


class _Ear:
    """An ear whose microphone is the benchmark."""

    available = True
    listener: Listener | None = None

    def engine(self, language: Language) -> str:
        return "bench"

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        self.listener = listener

    def pause(self, paused: bool) -> None:
        """Nothing to close."""

    def stop(self) -> None:
        self.listener = None


def plan_latency(most: int = 200) -> PlanLatency:
    """Measured with the suite's English utterances."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder), most))


async def _measured(folder: Path, most: int) -> PlanLatency:
    catalogue = load_catalogue("simbank")
    lexicon = Lexicon.of(catalogue)
    mailbox = Mailbox.open(folder / "watch.sqlite")
    ear, clock = _Ear(), SystemClock()
    journal = Journal(clock)
    down: list[Outgoing] = []
    hub = StoryHub(
        device=WATCH,
        clock=clock,
        send=down.append,
        branches=(BranchChoice(branch="north", title="North"),),
        advisor="ann",
        language=Language.EN,
    )
    agent = DeviceAgent(
        device=WATCH,
        kind=DeviceKind.WATCH,
        version="bench",
        bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", WATCH, 60)),
        mailbox=mailbox,
        clock=clock,
        ids=UuidIds(),
        alerter=Recorder(journal.emit, clock.monotonic),
        journal=journal,
        ear=ear,
        lexicon=lambda: lexicon,
    )

    def exchange() -> None:
        while down or mailbox.head() is not None:
            while down:
                message = down.pop(0)
                agent.link.on_message(Received(message.topic, message.payload))
            if (letter := mailbox.head()) is not None:
                hub.hear(Received(letter.topic, letter.payload))

    agent.link.on_connected()
    report = DeviceReported(kind=DeviceKind.WATCH, agent_version="bench", position=mailbox.position())
    envelope = Envelope[AnyMessage](
        id="bench-report", source=topics.source_of(WATCH), type=wire_type(DeviceReported), time=clock.now(), data=report
    )
    hub.hear(Received(topics.up(WATCH, DeviceReported), encode(envelope)))
    exchange()
    hub.bind("north")
    hub.offer(_view(catalogue))
    exchange()
    agent.claim(TASK)
    exchange()
    agent.start_talk(TASK, Consent.GRANTED)
    exchange()
    assert ear.listener is not None, "the talk is not listened to"
    took, moved = [], 0
    for place, case in enumerate(read_cases([UTTERANCES / "en.jsonl"])[: most + WARM_UP]):
        words = tuple(HeardWord(text=word, confidence=0.95) for word in case.utterance.text.split())
        spoken = Spoken(text=case.utterance.text, language=Language.EN, engine="bench", at_ms=4000 * place, words=words)
        before = agent.state.book.tasks[TASK].plan
        began = time.perf_counter()
        ear.listener.segment(spoken)
        after = agent.state.book.tasks[TASK].plan
        if place >= WARM_UP:
            took.append((time.perf_counter() - began) * 1000)
            moved += after != before
        exchange()
    understood = _understanding(lexicon, most)
    mailbox.close()
    bare = _bare_commits(folder / "bare.sqlite", len(took))
    return PlanLatency(
        n=len(took),
        moved=moved,
        plan_p50_ms=round(statistics.median(took), 3),
        plan_p95_ms=round(statistics.quantiles(took, n=20)[-1], 3),
        understand_p50_ms=round(statistics.median(understood), 3),
        bare_commit_p50_ms=round(statistics.median(bare), 3),
        ratio_commit=round(statistics.median(took) / statistics.median(bare), 3),
    )


def _understanding(lexicon: Lexicon, most: int) -> list[float]:
    from models.talk.signals import Speaker, Utterance
    from models.talk.understanding import Context, hear

    took = []
    for case in read_cases([UTTERANCES / "en.jsonl"])[:most]:
        utterance = Utterance(index=0, text=case.utterance.text, language="en", speaker=Speaker.CUSTOMER)
        began = time.perf_counter()
        hear(Context(), utterance, lexicon)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _bare_commits(path: Path, count: int) -> Sequence[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table row (n integer primary key, body blob)")
    took = []
    for _ in range(count):
        began = time.perf_counter()
        connection.execute("begin immediate")
        connection.execute("insert into row (body) values (?)", (bytes(600),))
        connection.execute("commit")
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return took


def _view(catalogue: Catalogue) -> TaskView:
    now = datetime.now(UTC)
    offers = tuple(
        RankedOffer(
            code=one.code,
            name=catalogue.product_named(one.code).names.en,
            category=one.category,
            probability=one.probability,
            factor=one.factor,
        )
        for one in prior_of(catalogue)
    )
    plan = Plan(
        products=tuple(PlannedProduct(code=one.code, name=one.name, probability=one.probability) for one in offers[:3]),
        preferences=(),
        removed=0,
        model="bench",
        made_at=now,
        basis=PlanBasis(products=offers, category_most=3, language=Language.EN),
    )
    return TaskView(
        task=TASK,
        branch="north",
        state=TaskState.OFFERED,
        urgency=Urgency.ORDINARY,
        customer_name="W.",
        business="advice",
        business_name="Advice",
        booked=False,
        waiting_since=now,
        offered_at=now,
        expires=now + timedelta(hours=2),
        plan=plan,
    )
