"""The invariants bite: each broken part is put in through the simulation's ports, and is found within a few seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, text

from contracts import AnyMessage, Refusal
from contracts.fields import AccessNeed, Language
from contracts.visits import ClaimTask, TaskWithdrawn
from device_agent.agent import DeviceAgent
from device_agent.haptics import Alert, Alerter
from hub.bootstrap import Hub
from hub.engine import Handler
from hub.inbound import Inbound
from hub.storage import Storage, UnitOfWork
from hub.visits import store
from hub.visits.model import State
from kiosk.agent import IssuedTicket, KioskAgent
from models.registry import Manifest, ModelStore, Sealed, Trust
from models.registry.disk import Disk
from models.registry.manifest import Verifier
from runtime.agent.link import Streamed
from runtime.agent.mailbox import Mailbox
from tests.sealed_models import KEY, STRANGER
from tests.sim.mortality import MortalStorage
from tests.sim.run import run_world
from tests.sim.stage import Parts
from tests.sim.world import Release, World, build_world

SEEDS = range(3000, 3030)


class ForgetfulInbox(MortalStorage):
    """A hub that doesn't know what it has taken already."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with super().writing() as connection:
            yield connection
            connection.execute(text("delete from inbox"))


class LyingDisk(MortalStorage):
    """A disk that says it has written what it has not: the last transaction is gone after a death.

    For whoever listens it is a hub that publishes before it commits.
    """

    def __init__(self, inner: Storage) -> None:
        super().__init__(inner)
        pooled = self.engine.raw_connection()
        disk = pooled.driver_connection
        pooled.close()
        self._disk = disk
        self._before: bytes | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._before = self._disk.serialize()  # type: ignore[union-attr]  # sqlite3's connection
        with super().writing() as connection:
            yield connection

    def recover(self) -> None:
        if self._before is not None:
            self._disk.deserialize(self._before)  # type: ignore[union-attr]
            self._before = None


class GenerousHub(Hub):
    """A hub where the last claim wins."""

    def _handlers(self) -> dict[type[AnyMessage], Handler]:
        handlers = super()._handlers()
        honest = handlers[ClaimTask]

        def claim(unit: UnitOfWork, inbound: Inbound[AnyMessage]) -> Refusal | None:
            assert isinstance(inbound.data, ClaimTask)
            task = store.load_task(unit, inbound.data.task_id)
            advisor = inbound.device.advisor
            if task is None or task.state is not State.HELD or task.holder == advisor:
                return honest(unit, inbound)
            store.save_task(unit, msgspec.structs.replace(task, holder=advisor))
            store.note(unit, task.id, "claimed", device=inbound.device.name, detail=advisor or "")
            return None

        handlers[ClaimTask] = claim
        return handlers


class SilentHub(Hub):
    """A hub that gives a task to who claims it and tells nobody."""

    def _handlers(self) -> dict[type[AnyMessage], Handler]:
        handlers = super()._handlers()
        honest = handlers[ClaimTask]

        def claim(unit: UnitOfWork, inbound: Inbound[AnyMessage]) -> Refusal | None:
            said = len(unit.said)
            answer = honest(unit, inbound)
            del unit.said[said:]
            return answer

        handlers[ClaimTask] = claim
        return handlers


class DeafWrist(DeviceAgent):
    """A wearable that keeps what was taken away from it."""

    def apply(self, message: Streamed) -> None:
        if not isinstance(message, TaskWithdrawn):
            super().apply(message)


class LeakyMailbox(Mailbox):
    """An outbox that loses every fifth message."""

    puts = 0

    def put(self, message_id: str, topic: str, payload: bytes) -> None:
        LeakyMailbox.puts += 1
        if LeakyMailbox.puts % 5:
            super().put(message_id, topic, payload)


class ForgettingMailbox(Mailbox):
    """A store that takes a refusal for an acknowledgement."""

    def refuse(self, message_id: str, code: object, detail: str) -> None:
        self.acked((message_id,))


class Twice:
    """A motor that buzzes twice."""

    def __init__(self, inner: Alerter) -> None:
        self._inner = inner

    def alert(self, alert: Alert) -> None:
        self._inner.alert(alert)
        self._inner.alert(alert)

    def silence(self, task_id: str) -> None:
        self._inner.silence(task_id)


class Late:
    """A motor that has kept the alert before the last for itself, and buzzes it now."""

    def __init__(self, inner: Alerter) -> None:
        self._inner = inner
        self._kept: Alert | None = None

    def alert(self, alert: Alert) -> None:
        kept, self._kept = self._kept, alert
        if kept is not None:
            self._inner.alert(kept)

    def silence(self, task_id: str) -> None:
        self._inner.silence(task_id)


class Reprinter(KioskAgent):
    """A kiosk that prints a number of its own."""

    def take(
        self,
        *,
        customer: str | None,
        business: str,
        language: Language = Language.EN,
        needs: Sequence[AccessNeed] = (),
        booked: bool = False,
        request: str | None = None,
        also: Sequence[str] = (),
        appointment: datetime | None = None,
        booking: str | None = None,
    ) -> IssuedTicket | Refusal:
        issued = super().take(
            customer=customer,
            business=business,
            language=language,
            needs=needs,
            booked=booked,
            request=request,
            also=also,
            appointment=appointment,
            booking=booking,
        )
        return issued if isinstance(issued, Refusal) else msgspec.structs.replace(issued, number="Z999")


class CredulousStore(ModelStore):
    """A store that takes the bytes that come for those that were signed."""

    def finish(self) -> Manifest:
        slot, manifest = self._want()
        if self._manifest_of(self._slots / slot) is None:
            self._disk.make(self._slots)
            self._disk.rename(self._partial / slot, self._slots / slot)
        return manifest

    def _verified(self, slot: str) -> Sealed:
        folder = self._slots / slot
        manifest = self._manifest_of(folder)
        assert manifest is not None
        return Sealed(folder, manifest, "", self._disk.read(folder / "signature.json"))


class TrustingStore(ModelStore):
    """A store that trusts anybody's key."""

    def __init__(self, directory: Path, trust: Verifier, *, disk: Disk) -> None:
        super().__init__(directory, Trust([KEY.public, STRANGER.public]), disk=disk)


class AbsentMindedStore(ModelStore):
    """A store that doesn't write down what it uses."""

    def _swap(self, current: str | None, previous: str | None, manifest: Manifest | None) -> None:
        self._state = msgspec.structs.replace(self._state, current=current, previous=previous)


class ForgetfulStore(ModelStore):
    """A store that goes back to whatever it is told."""

    def _floor(self) -> tuple[int, str | None]:
        return 0, None


def breaks(parts: Parts, expected: str, worlds: Iterable[World]) -> set[str]:
    """The invariants that break, world after world until the expected one did."""
    broken: set[str] = set()
    for world in worlds:
        broken |= {violation.partition(" at ")[0] for violation in run_world(world, parts).violations}
        if expected in broken:
            break
    return broken


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(Parts(storage=ForgetfulInbox), "refusals are explained", id="inbox forgets"),
        pytest.param(Parts(storage=LyingDisk), "nothing lost, nothing twice", id="published before the commit"),
        pytest.param(Parts(hub=GenerousHub), "one holder a task", id="two holders"),
        pytest.param(Parts(hub=SilentHub), "book and hub agree", id="winner is not told"),
        pytest.param(Parts(wrist=DeafWrist), "book and hub agree", id="withdrawal ignored"),
        pytest.param(Parts(mailbox=LeakyMailbox), "nothing lost, nothing twice", id="outbox loses"),
        pytest.param(Parts(mailbox=ForgettingMailbox), "nothing lost, nothing twice", id="refusal forgotten"),
        pytest.param(Parts(alerter=Twice), "one alert a task and device", id="buzzes twice"),
        pytest.param(Parts(alerter=Late), "no alert for a task that is gone", id="buzzes late"),
        pytest.param(Parts(kiosk=Reprinter), "every ticket in one task", id="prints another number"),
    ],
)
def test_sabotage_is_found(parts: Parts, expected: str) -> None:
    assert expected in breaks(parts, expected, map(build_world, SEEDS))


@pytest.mark.parametrize(
    ("store", "kinds", "expected"),
    [
        pytest.param(CredulousStore, ("damage", "publish"), "only verified models", id="hashes not checked"),
        pytest.param(TrustingStore, ("stranger",), "only verified models", id="anybody's key"),
        pytest.param(AbsentMindedStore, (), "no model is lost", id="model forgotten"),
        pytest.param(ForgetfulStore, ("publish", "replay"), "no model goes back", id="older model taken"),
    ],
)
def test_sabotage_of_models_is_found(store: type[ModelStore], kinds: tuple[str, ...], expected: str) -> None:
    releases = tuple(Release(at_s=2.0 * at, kind=kind) for at, kind in enumerate(("publish", *kinds)))

    def world(seed: int) -> World:
        return msgspec.structs.replace(build_world(seed), releases=releases)

    assert expected in breaks(Parts(models=store), expected, map(world, SEEDS))
    assert not breaks(Parts(), expected, map(world, SEEDS[:3]))


def test_two_kiosks_of_one_series_are_found() -> None:
    seed = next(seed for seed in SEEDS if any(kiosk.series == "B" for kiosk in build_world(seed).kiosks))
    world = build_world(seed)
    same = tuple(msgspec.structs.replace(kiosk, series="A") for kiosk in world.kiosks)
    expected = "refusals are explained"
    assert expected in breaks(Parts(), expected, [msgspec.structs.replace(world, kiosks=same)])


def test_the_same_seeds_are_sound_without_sabotage() -> None:
    for seed in SEEDS[:10]:
        outcome = run_world(build_world(seed))
        assert not outcome.violations, str(outcome)
