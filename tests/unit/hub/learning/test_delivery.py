"""Models to devices, at the hub: what is announced when, which pieces are given, and that visits come first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from contracts import ErrorCode, encode
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
from contracts.session import DeviceReported, DeviceWelcomed
from hub.kernel import Device
from hub.learning.delivery import REFUSED_REST, Delivery
from hub.storage import UnitOfWork
from models.errors import AlteredFile
from models.registry import Sealed, open_sealed
from tests.sealed_models import TRUST, publish
from tests.unit.hub.rig import Rig, Told

WATCH, KIOSK = "watch-ada", "kiosk-main"


class Shop:
    """A source of models in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.out: Sealed | None = None
        self.heard: list[tuple[str, ModelReported]] = []
        self.broken = False

    def publish(self, number: int, *, model_bytes: int = 2500) -> Sealed:
        self.out = publish(self._folder / str(number), number, model_bytes=model_bytes)
        return self.out

    def desired(self, device: str, kind: DeviceKind) -> Sealed | None:
        return self.out

    def read(self, version: str, file: str, offset: int, size: int) -> bytes:
        if self.broken:
            raise RuntimeError("the shop burns")
        if self.out is None or self.out.version != version:
            raise AlteredFile(f"{version} is not out")
        return self.out.read(file, offset, size)

    def on_reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        self.heard.append((device.name, report))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def rig(shop: Shop) -> Iterator[Rig]:
    rig = Rig("sqlite://")
    rig.hub.engine.deliver_models(Delivery(shop))
    yield rig
    rig.close()


def report(rig: Rig, device: str, held: HeldModel | None, *, takes_models: bool = True) -> list[Told]:
    """A device reports with this model in use."""
    kind = rig.hub.directory.devices[device].kind
    said = DeviceReported(kind=kind, agent_version="0", exact=True)
    if takes_models:
        said = msgspec.structs.replace(said, model=held)
    return rig.say(device, said)


def announced(told: list[Told]) -> list[ModelAnnounced]:
    return [one.message for one in told if isinstance(one.message, ModelAnnounced)]


def held(sealed: Sealed) -> HeldModel:
    return HeldModel(version=sealed.version, serial=sealed.serial)


def wanted(sealed: Sealed, file: str = "model.onnx", offset: int = 0, size: int = 1000) -> ModelChunkWanted:
    return ModelChunkWanted(version=sealed.version, serial=sealed.serial, file=file, offset=offset, size=size)


@pytest.mark.req("W-13", "W-16")
@pytest.mark.parametrize("device", [WATCH, "band-ada", KIOSK])
def test_a_device_is_told_until_it_has_what_it_should(rig: Rig, shop: Shop, device: str) -> None:
    assert not announced(report(rig, device, None))
    first = shop.publish(1)
    told = report(rig, device, None)
    assert isinstance(told[0].message, DeviceWelcomed)
    [message] = announced(told)
    assert (message.version, message.serial, message.signature, message.activate) == ("v1", 1, first.signature, True)
    assert announced(report(rig, device, None)) == [message]
    assert not announced(report(rig, device, held(first)))
    second = shop.publish(2)
    [message] = announced(report(rig, device, held(first)))
    assert message.serial == second.serial


def test_an_agent_that_takes_no_models_is_told_of_none(rig: Rig, shop: Shop) -> None:
    shop.publish(1)
    assert not announced(report(rig, WATCH, None, takes_models=False))


def test_pieces_make_the_file(rig: Rig, shop: Shop, tmp_path: Path) -> None:
    sealed = shop.publish(1, model_bytes=40_000)
    for entry in sealed.manifest.files:
        content = b""
        while len(content) < entry.size:
            [told] = rig.say(WATCH, wanted(sealed, entry.name, len(content), MAX_CHUNK_BYTES))
            assert isinstance(told.message, ModelChunk)
            assert told.message.offset == len(content)
            assert len(encode(told.envelope)) < 32 * 1024
            content += told.message.data
        (tmp_path / "got").mkdir(exist_ok=True)
        (tmp_path / "got" / entry.name).write_bytes(content)
    (tmp_path / "got" / "signature.json").write_bytes(sealed.signature)
    assert open_sealed(tmp_path / "got", TRUST).version == "v1"


def test_a_piece_leaves_no_trace_in_the_database(rig: Rig, shop: Shop) -> None:
    sealed = shop.publish(1)
    before = rig.tables()
    commits = rig.metric("usher_commit_seconds_count")
    rig.say(WATCH, wanted(sealed))
    assert rig.tables() == before
    assert rig.metric("usher_commit_seconds_count") == commits
    assert rig.metric("usher_messages_total", type="model.chunk.wanted.v1") == 1


def test_who_asks_for_another_model_is_told_which_one_it_should_have(rig: Rig, shop: Shop) -> None:
    old = shop.publish(1)
    assert not rig.say(WATCH, msgspec.structs.replace(wanted(old), file="no-such-file"))
    assert not rig.say(WATCH, wanted(old, offset=10_000))
    new = shop.publish(2)
    [message] = announced(rig.say(WATCH, wanted(old)))
    assert message.serial == new.serial
    shop.out = None
    assert not rig.say(WATCH, wanted(old))


def test_pieces_are_refused_to_strangers(rig: Rig, shop: Shop) -> None:
    sealed = shop.publish(1)
    assert rig.refuse_raw(rig.letter("watch-nobody", wanted(sealed))) is ErrorCode.UNKNOWN_DEVICE
    assert rig.refuse(WATCH, wanted(sealed), source="devices/watch-ben") is ErrorCode.FOREIGN_SOURCE


def test_what_a_device_says_reaches_the_room_as_often_as_it_says_it(rig: Rig, shop: Shop) -> None:
    sealed = shop.publish(1)
    said = ModelReported(version="v1", serial=1, state=ModelState.DOWNLOADING)
    letter = rig.letter(WATCH, said)
    assert rig.deliver(letter) == []
    assert rig.deliver(letter, letter) == []
    assert shop.heard == [(WATCH, said)] * 3
    assert rig.tables()["inbox"] == []
    report(rig, WATCH, held(sealed))
    report(rig, WATCH, held(sealed))
    assert shop.heard[3:] == [
        (WATCH, ModelReported(version="v1", serial=1, state=ModelState.ACTIVE, active=held(sealed)))
    ]


def test_who_refused_a_model_is_left_alone_with_it_for_a_while(rig: Rig, shop: Shop) -> None:
    shop.publish(1)
    rig.say(WATCH, ModelReported(version="v1", serial=1, state=ModelState.REFUSED, why="signed by a stranger"))
    assert not announced(report(rig, WATCH, None))
    assert announced(report(rig, "watch-ben", None))
    shop.publish(2)
    assert announced(report(rig, WATCH, None))
    shop.publish(1)
    rig.clock.advance(REFUSED_REST / timedelta(seconds=1))
    assert announced(report(rig, WATCH, None))


def test_who_failed_is_told_again(rig: Rig, shop: Shop) -> None:
    shop.publish(1)
    rig.say(WATCH, ModelReported(version="v1", serial=1, state=ModelState.FAILED, why="disk full"))
    assert announced(report(rig, WATCH, None))


def test_visits_of_a_batch_come_before_its_pieces_and_survive_a_broken_shop(rig: Rig, shop: Shop) -> None:
    sealed = shop.publish(1)
    batch = [rig.letter(WATCH, wanted(sealed)), rig.letter(KIOSK, rig.ticket(KIOSK, "A001"))]
    told = rig.deliver(*batch)
    assert isinstance(told[-1].message, ModelChunk)
    assert len(told) > 1
    shop.broken = True
    told = rig.deliver(rig.letter(WATCH, wanted(sealed)), rig.letter(KIOSK, rig.ticket(KIOSK, "A002")))
    assert told
    assert not [one for one in told if isinstance(one.message, ModelChunk)]
