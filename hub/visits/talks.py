"""Use cases of a talk: consent, what is heard, what is tapped, and the plan that follows it (W-10, W-11, W-12)."""

from datetime import datetime, timedelta

import msgspec

from contracts import ErrorCode, Refusal
from contracts.visits import Consent, HeardWord, SegmentHeard, SegmentOrigin, StartTalk, TapAbout, TapSignal
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.storage import UnitOfWork
from hub.visits import store
from hub.visits.model import (
    State,
    Tapped,
    Task,
    due_for_telling,
    hear,
    plan_changed,
    require_holder,
    start_talk,
    tap,
    told,
)
from hub.visits.targets import Targets
from models.catalogue import Catalogue
from models.policy import Funnel
from models.talk.evidence import About
from models.talk.lexicon import Lexicon
from models.talk.redaction import redact
from models.talk.signals import Utterance, utterance_of


class Talks:
    """What happens in a talk. Handlers return a refusal before they have written anything, or null."""

    def __init__(self, *, fleet: FleetDirectory, targets: Targets, catalogue: Catalogue) -> None:
        self._fleet = fleet
        self._targets = targets
        self._products = frozenset(catalogue.product_codes)
        self._lexicon = Lexicon.of(catalogue)

    def start_talk(self, unit: UnitOfWork, inbound: Inbound[StartTalk]) -> Refusal | None:
        """The holder starts the talk with the customer's answer about recording (W-10)."""
        task, advisor = find(self._fleet, unit, inbound.data.task_id, inbound.device.name)
        if task is None:
            return not_offered(inbound.data.task_id, inbound.device.name)
        consent = inbound.data.consent
        talking = start_talk(
            task, device=inbound.device.name, advisor=advisor, consent=consent, asked_at=inbound.time, now=unit.now
        )
        if isinstance(talking, Refusal):
            return talking
        store.save_task(unit, talking)
        store.note(unit, task.id, "talk", device=inbound.device.name, detail=f"consent {consent.value}")
        if task.customer is not None:
            store.save_contact(unit, task.id, task.customer, shown(store.load_demand(unit, task.id)))
        self._targets.refresh(unit, talking)
        return None

    def hear(self, unit: UnitOfWork, inbound: Inbound[SegmentHeard]) -> Refusal | None:
        """A segment of the talk; speech only with consent (W-10)."""
        heard = inbound.data
        task, advisor = find(self._fleet, unit, heard.task_id, inbound.device.name)
        if task is None:
            return not_offered(heard.task_id, inbound.device.name)
        refusal = require_holder(task, device=inbound.device.name, advisor=advisor)
        if refusal is not None:
            return refusal
        if task.state is not State.TALKING:
            return Refusal(code=ErrorCode.NO_CONSENT, detail=f"task {task.id}: start the talk first")
        if heard.origin is SegmentOrigin.SPEECH and task.consent is not Consent.GRANTED:
            return Refusal(
                code=ErrorCode.NO_CONSENT, detail=f"task {task.id}: no consent to recording, type or tap instead"
            )
        self._take(unit, task, heard, inbound.device.name, inbound.time)
        return None

    def may_listen(self, unit: UnitOfWork, device: str, task_id: str) -> Refusal | None:
        """Null while the device's advisor holds the task, talks, and may record what is said (W-10, W-11)."""
        task, advisor = find(self._fleet, unit, task_id, device)
        if task is None:
            return not_offered(task_id, device)
        refusal = require_holder(task, device=device, advisor=advisor)
        if refusal is None and (task.state is not State.TALKING or task.consent is not Consent.GRANTED):
            return Refusal(code=ErrorCode.NO_CONSENT, detail=f"task {task_id}: no consent to recording")
        return refusal

    def recognised(self, unit: UnitOfWork, device: str, heard: SegmentHeard) -> SegmentHeard | Refusal:
        """A segment that the hub recognised itself, without personal data and at the talk's next place (W-11)."""
        task = store.load_task(unit, heard.task_id)
        refusal = self.may_listen(unit, device, heard.task_id)
        if task is None or refusal is not None:
            return refusal or not_offered(heard.task_id, device)
        record = self._targets.record(unit, task.customer)
        clean = redact(_utterance(heard), (record.display_name,) if record is not None else ())
        placed = msgspec.structs.replace(
            heard,
            index=task.heard.next_index if task.heard is not None else 0,
            text=clean.text,
            words=tuple(HeardWord(text=word.text, confidence=word.confidence) for word in clean.words),
        )
        self._take(unit, task, placed, device, unit.now)
        return placed

    def _take(self, unit: UnitOfWork, task: Task, heard: SegmentHeard, device: str, at: datetime) -> None:
        """Fold a segment into the talk; the plan is told at once for a strong signal, else at the interval (W-12)."""
        branch = self._fleet.branches[task.branch]
        index = heard.index
        if task.heard is not None and index < task.heard.next_index:
            index = task.heard.next_index  # another device of the advisor has taken that place
        if branch.transcript_days > 0:
            record = self._targets.record(unit, task.customer)
            clean = redact(_utterance(heard), (record.display_name,) if record is not None else ())
            store.save_segment(unit, msgspec.structs.replace(heard, index=index, text=clean.text), at)
        utterance = _utterance(msgspec.structs.replace(heard, index=index))
        after, signals = hear(task, utterance, self._lexicon, unit.now)
        for signal in signals:
            detail = f"{signal.kind.value} {signal.about.value}:{signal.subject} {signal.confidence:.2f}"
            store.note(unit, task.id, "heard", device=device, detail=detail)
        if plan_changed(task, after):
            after = told(after)
            store.save_task(unit, after)
            self._targets.refresh(unit, after)
            return
        store.save_task(unit, due_for_telling(task, after, branch.talk_interval_s, unit.now))

    def signal(self, unit: UnitOfWork, inbound: Inbound[TapSignal]) -> Refusal | None:
        """The holder taps what the customer thinks of a product: the plan is ranked anew and told at once (W-12)."""
        tapped = inbound.data
        task, advisor = find(self._fleet, unit, tapped.task_id, inbound.device.name)
        if task is None:
            return not_offered(tapped.task_id, inbound.device.name)
        refusal = require_holder(task, device=inbound.device.name, advisor=advisor)
        if refusal is not None:
            return refusal
        if tapped.about is TapAbout.PRODUCT and tapped.product not in self._products:
            return Refusal(code=ErrorCode.UNKNOWN_PRODUCT, detail=f"not in the catalogue: {tapped.product}")
        after = tap(task, self._tapped(tapped), unit.now)
        if after is not task:
            store.save_task(unit, after)
            detail = f"{tapped.product} {tapped.stance.value}"
            store.note(unit, task.id, "signal", device=inbound.device.name, detail=detail)
        # Also when nothing changed: the wrist counts its tap on top of the plan that it has until it hears the next.
        self._targets.refresh(unit, after)
        return None

    def forget(self, unit: UnitOfWork) -> None:
        """Delete what was said in talks once its branch's time is over (W-17)."""
        for branch in self._fleet.branches.values():
            store.forget_segments(unit, branch.name, unit.now - timedelta(days=branch.transcript_days))
        store.forget_segments_elsewhere(unit, self._fleet.branches)

    def _tapped(self, tapped: TapSignal) -> Tapped:
        if tapped.about is TapAbout.PRODUCT:
            return Tapped(tapped.product, tapped.stance)
        products = self._lexicon.products_of(About(tapped.about.value), tapped.product)
        return Tapped(tapped.product, tapped.stance, tapped.about, products)


def _utterance(heard: SegmentHeard) -> Utterance:
    return utterance_of(
        index=heard.index,
        text=heard.text,
        language=heard.language.value,
        words=((word.text, word.confidence) for word in heard.words),
        speaker=heard.speaker.value,
        typed=heard.origin is SegmentOrigin.TYPED,
        at_ms=heard.at_ms,
    )


def find(fleet: FleetDirectory, unit: UnitOfWork, task_id: str, device: str) -> tuple[Task | None, str]:
    """The task, and the advisor whose device this is."""
    return store.load_task(unit, task_id), fleet.devices[device].advisor or ""


def shown(demand: Funnel) -> list[str]:
    """The products that the analysis shows."""
    return [product.code for product in demand.shown]


def not_offered(task: str, device: str) -> Refusal:
    """The device has nothing to do with the task."""
    return Refusal(code=ErrorCode.TASK_NOT_OFFERED, detail=f"task {task} is not offered to device {device}")
