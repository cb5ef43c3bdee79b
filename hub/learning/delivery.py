"""Which model each device should have, told until it has it: announcements and pieces (W-13, W-16).

State replication, no queue: a device says at every report which model it uses; when that is not the desired one it is
told which (``model.announced.v1``), asks for the pieces it lacks (``model.chunk.wanted.v1``), and says what came of it.

Wiring, in the composition root::

    delivery = Delivery(source)              # the room's service is a ModelSource
    engine = Engine(..., models=delivery)

``ModelSource.desired`` may change at any time; devices hear of it at their next report, within half a keep-alive. What
is desired for a device must never go down in ``serial``: devices refuse that, so older content is released again under
a new serial (``models.registry.seal(..., rolls_back_to=...)``). A device whose store is ahead of the hub's count (the
hub's database was restored) says ``refused`` with its own ``active.serial``: publish above it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Protocol

from contracts.fields import DeviceKind
from contracts.models import (
    MAX_CHUNK_BYTES,
    HeldModel,
    ModelAnnounced,
    ModelChunk,
    ModelChunkWanted,
    ModelReported,
    ModelState,
)
from hub.kernel import Device
from hub.storage import UnitOfWork
from models.errors import ModelsError
from models.registry.artefact import Sealed

log = logging.getLogger(__name__)

REFUSED_REST = timedelta(minutes=10)
"""A device that refused a model is told of the same one again no sooner: it may have been given another key since."""


class ModelSource(Protocol):
    """Where models come from."""

    def desired(self, device: str, kind: DeviceKind) -> Sealed | None:
        """The model that this device should have now; null for none. Asked at every report: it must be quick."""
        ...

    def read(self, version: str, file: str, offset: int, size: int) -> bytes:
        """A piece of a file of a version that is desired for some device; raises ``ModelsError``."""
        ...

    def on_reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        """A device says how far it is, or its report shows that it uses what it should. The same may come often."""
        ...


class Delivery:
    """The engine's :class:`~hub.ports.ModelTraffic`; keeps nothing that must survive a restart."""

    def __init__(self, source: ModelSource, *, chunk_bytes: int = MAX_CHUNK_BYTES) -> None:
        self._source = source
        self._chunk_bytes = chunk_bytes
        self._rests: dict[str, tuple[HeldModel, datetime]] = {}
        self._confirmed: dict[str, HeldModel] = {}

    def announcement(self, unit: UnitOfWork, device: Device, held: HeldModel | None) -> ModelAnnounced | None:
        """What a device that uses ``held`` is to be told; null when it has what it should, or has just refused it."""
        sealed = self._source.desired(device.name, device.kind)
        if sealed is None:
            return None
        wanted = HeldModel(version=sealed.version, serial=sealed.serial)
        if wanted == held:
            self._confirm(unit, device, wanted)
            return None
        self._confirmed.pop(device.name, None)
        rests = self._rests.get(device.name)
        if rests is not None and rests[0] == wanted and unit.now < rests[1]:
            return None
        return self._announced(sealed)

    def chunk(self, device: Device, wanted: ModelChunkWanted) -> ModelChunk | ModelAnnounced | None:
        """The piece; or the model that the device should have instead; or nothing, when there is none."""
        sealed = self._source.desired(device.name, device.kind)
        if sealed is None:
            return None
        if (sealed.version, sealed.serial) != (wanted.version, wanted.serial):
            return self._announced(sealed)
        size = min(wanted.size, self._chunk_bytes)
        try:
            data = self._source.read(wanted.version, wanted.file, wanted.offset, size)
        except ModelsError as error:
            log.warning("model_piece_unreadable device=%s file=%s why=%r", device.name, wanted.file, str(error))
            return None
        if not data:
            return None
        return ModelChunk(
            version=wanted.version, serial=wanted.serial, file=wanted.file, offset=wanted.offset, data=data
        )

    def reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        """Take a device's word of how far it is."""
        if report.state is ModelState.REFUSED:
            about = HeldModel(version=report.version, serial=report.serial)
            self._rests[device.name] = (about, unit.now + REFUSED_REST)
            log.warning("model_refused device=%s version=%s why=%r", device.name, report.version, report.why)
        self._source.on_reported(unit, device, report)

    def _confirm(self, unit: UnitOfWork, device: Device, held: HeldModel) -> None:
        """The device's own word of success may have been lost, or was said to an earlier run of the hub."""
        self._rests.pop(device.name, None)
        if self._confirmed.get(device.name) != held:
            self._confirmed[device.name] = held
            report = ModelReported(version=held.version, serial=held.serial, state=ModelState.ACTIVE, active=held)
            self._source.on_reported(unit, device, report)

    def _announced(self, sealed: Sealed) -> ModelAnnounced:
        return ModelAnnounced(
            version=sealed.version, serial=sealed.serial, signature=sealed.signature, chunk_bytes=self._chunk_bytes
        )
