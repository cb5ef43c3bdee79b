"""Models in the simulation: what the hub publishes while everything goes wrong, and where a device keeps them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

from contracts.fields import DeviceKind
from contracts.models import ModelReported, ModelState
from hub.kernel import Device
from hub.learning.delivery import Delivery
from hub.storage import UnitOfWork
from models.errors import AlteredFile
from models.registry import Sealed
from models.registry.slots import StoreSlots
from runtime.agent.models import FetchSettings, ModelFetcher, ModelNews, ModelStep
from tests.sealed_models import KEY, STRANGER, TRUST, MemoryDisk, MortalDisk, publish
from tests.sim.mortality import CrashPoints
from tests.sim.stage import Stage
from tests.sim.world import Release

CHUNK_BYTES = 1024
MODEL_BYTES = 1500
FETCH = FetchSettings(first_s=0.5, most_s=4.0, tries=5, rest_first_s=1.0, rest_most_s=6.0)
FOLDER = Path("models")


@dataclass
class Shop:
    """The hub's models, on its disk: a :class:`~hub.learning.delivery.ModelSource`. ``good``: what may be used, by its
    signature, as it was before anything was damaged."""

    stage: Stage
    shelf: MemoryDisk = field(default_factory=MemoryDisk)
    good: dict[bytes, dict[str, bytes]] = field(default_factory=dict)
    out: Sealed | None = None
    canary: Sealed | None = None
    share: float = 0.0
    damaged: bool = False
    _serial: int = 0
    _published: list[tuple[int, Sealed]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = self.stage.chance("shop")

    def desired(self, device: str, kind: DeviceKind) -> Sealed | None:
        del kind
        if self.canary is not None and random.Random(device).random() < self.share:
            return self.canary
        return self.out

    def read(self, version: str, file: str, offset: int, size: int) -> bytes:
        for sealed in (self.canary, self.out):
            if sealed is not None and sealed.version == version:
                content = self.shelf.read(sealed.directory / file)[offset : offset + size]
                if self.damaged and content and self._chance.random() < 0.3:
                    return bytes([content[0] ^ 1]) + content[1:]
                return content
        raise AlteredFile(f"{version} is not out")

    def on_reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        del unit
        self.stage.counts[f"model {report.state.value}"] += 1
        wanted = self.desired(device.name, device.kind)
        if report.state is ModelState.ACTIVE and wanted is not None and report.active is None:
            self.stage.violate("only verified models", f"{device.name} says active and has none")

    def follow(self, release: Release) -> None:
        """Do what the plan says."""
        self.stage.note("shop", f"{release.kind} {release.share}")
        self.stage.counts[f"release {release.kind}"] += 1
        match release.kind:
            case "canary":
                self.canary, self.share = self._publish(self._serial + 1), release.share
            case "roll back" if self._published:
                self.out, self.canary = self._publish(self._published[0][0], back=True), None
            case "replay" if self._published:
                self.out, self.canary = self._published[0][1], None
            case "stranger":
                self.out, self.canary = self._publish(900 + self._serial, stranger=True), None
            case "damage":
                self.damaged = True
            case _:
                self.out, self.canary = self._publish(self._serial + 1), None

    def heal(self) -> None:
        """Whatever was wrong is put right by a publication."""
        self.damaged = False
        if self.out is not None and (self.out.signature not in self.good or self.out.serial < self._serial):
            self.follow(Release(at_s=0.0, kind="publish"))

    def _publish(self, number: int, *, stranger: bool = False, back: bool = False) -> Sealed:
        self._serial += 1
        folder = Path(f"release-{self._serial}")
        sealed = publish(
            folder,
            number,
            serial=self._serial,
            key=STRANGER if stranger else KEY,
            disk=self.shelf,
            rolls_back_to=f"v{number}" if back else None,
            model_bytes=MODEL_BYTES,
        )
        if not stranger:
            self.good[sealed.signature] = {name: self.shelf.read(folder / name) for name in self.shelf.names(folder)}
            self._published.append((number, sealed))
        return sealed


async def keep_shop(stage: Stage, shop: Shop) -> None:
    """The releases of the world, in their time."""
    for release in stage.world.releases:
        await asyncio.sleep(max(0.0, release.at_s - stage.loop.time()))
        shop.follow(release)


def delivery_of(shop: Shop) -> Delivery:
    """A hub's way to bring the shop's models to devices."""
    return Delivery(shop, chunk_bytes=CHUNK_BYTES)


class ModelKeeper:
    """A device's models, on a disk that outlives its processes."""

    def __init__(self, stage: Stage, shop: Shop, name: str) -> None:
        self._stage = stage
        self._shop = shop
        self._name = name
        self._disk = MemoryDisk()
        self._highest = 0
        self.slots: StoreSlots | None = None

    def fetcher(self, points: CrashPoints, life: int) -> ModelFetcher:
        """What fetches models in this life."""
        disk = MortalDisk(self._disk, points.here)
        self.slots = StoreSlots(self._stage.parts.models(FOLDER, TRUST, disk=disk))
        fetcher = ModelFetcher(
            self.slots, news=self._news, settings=FETCH, chance=self._stage.chance("models", self._name, str(life))
        )
        self._judge("at its start")
        return fetcher

    def lacks(self) -> str | None:
        """What this device still lacks, if anything."""
        wanted = self._shop.desired(self._name, DeviceKind.WATCH)
        active = self.slots.store.active if self.slots is not None else None
        if wanted is None or (active is not None and active.signature == wanted.signature):
            return None
        return f"{self._name} uses {active and active.serial}, should use {wanted.serial}"

    def _news(self, news: ModelNews) -> None:
        self._stage.note(self._name, f"model {news.step} {news.version} {news.serial} {news.why}")
        self._stage.counts[f"models {news.step}"] += 1
        if news.step is ModelStep.ACTIVE:
            self._judge("in use")

    def _judge(self, when: str) -> None:
        """The model in use is one that was published as it is, byte for byte, and never an older publication."""
        assert self.slots is not None
        active = self.slots.store.active
        if active is None:
            if self._highest:
                self._stage.violate("no model is lost", f"{self._name}, {when}: had {self._highest}, has none")
            return
        good = self._shop.good.get(active.signature)
        if good is None:
            self._stage.violate("only verified models", f"{self._name}, {when}: nobody published {active.version}")
            return
        for file, content in good.items():
            if self._disk.files.get(active.directory / file) != content:
                self._stage.violate(
                    "only verified models", f"{self._name}, {when}: {active.version} has another {file}"
                )
        if active.serial < self._highest:
            self._stage.violate("no model goes back", f"{self._name}, {when}: {self._highest}, then {active.serial}")
        self._highest = active.serial
