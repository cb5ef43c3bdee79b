from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from models.errors import (
    AlteredFile,
    ArtefactError,
    DowngradeRefused,
    RegistryError,
    SignatureRefused,
    UnfitModel,
    UntrustedKey,
)
from models.registry import ModelStore, Sealed
from models.registry.disk import LocalDisk
from models.registry.store import HealthCheck
from tests.sealed_models import STRANGER, TRUST, Dead, MemoryDisk, MortalDisk, publish

CHUNK = 1000
SHELF = Path("shelf")
HERE = Path("store")


class House:
    """A shelf of published models, and a store on a disk of its own."""

    def __init__(self, *, check: HealthCheck | None = None, keep: int = 3) -> None:
        self.shelf = MemoryDisk()
        self.disk = MemoryDisk()
        self._check = check
        self._keep = keep
        self.store = self.open()

    def open(self) -> ModelStore:
        """A new life on the same disk."""
        self.store = ModelStore(HERE, TRUST, check=self._check, disk=self.disk, keep=self._keep)
        return self.store

    def publish(self, number: int, *, serial: int | None = None, rolls_back_to: str | None = None) -> Sealed:
        return publish(
            SHELF / str(serial or number), number, serial=serial, rolls_back_to=rolls_back_to, disk=self.shelf
        )

    def bring(self, sealed: Sealed) -> None:
        fetch(self.store, sealed, self.shelf)


def fetch(store: ModelStore, sealed: Sealed, shelf: MemoryDisk) -> None:
    """Bring a model to the store as the hub's answers do, and into use."""
    store.begin(sealed.signature)
    while missing := store.missing():
        piece = missing[0]
        content = shelf.read(sealed.directory / piece.file)[piece.have : piece.have + CHUNK]
        store.write(piece.file, piece.have, content)
    store.finish()
    store.activate()


def serials(store: ModelStore) -> list[int]:
    return [manifest.serial for manifest in store.installed]


@pytest.mark.req("W-13")
def test_a_model_comes_piece_by_piece_into_use_and_stays() -> None:
    house = House()
    assert house.store.active is None
    sealed = house.publish(1)
    house.bring(sealed)
    assert house.store.active is not None
    assert (house.store.active.version, house.store.active.serial) == ("v1", 1)
    again = house.open()
    assert again.active is not None
    assert again.active.signature == sealed.signature
    assert again.fell_back is None
    assert house.disk.names(HERE / "partial") == []


def test_it_goes_on_where_the_last_life_ended() -> None:
    house = House()
    sealed = house.publish(1)
    house.store.begin(sealed.signature)
    house.store.write("model.onnx", 0, house.shelf.read(sealed.directory / "model.onnx")[:CHUNK])
    store = house.open()
    store.begin(sealed.signature)
    assert [(piece.file, piece.have) for piece in store.missing()] == [
        ("model.onnx", CHUNK),
        ("card.json", 0),
        ("catalogue.json", 0),
    ]
    house.bring(sealed)
    assert serials(house.store) == [1]


def test_only_the_next_bytes_fit() -> None:
    house = House()
    sealed = house.publish(1)
    with pytest.raises(RegistryError, match="no model is wanted"):
        house.store.missing()
    house.store.begin(sealed.signature)
    house.store.write("model.onnx", 0, b"x" * 100)
    for file, offset, content in (
        ("model.onnx", 0, b"x"),
        ("model.onnx", 101, b"x"),
        ("model.onnx", 100, b""),
        ("model.onnx", 100, b"x" * 2401),
        ("other.bin", 0, b"x"),
        ("../escape", 0, b"x"),
    ):
        with pytest.raises(AlteredFile, match="don't fit"):
            house.store.write(file, offset, content)


def test_wrong_bytes_are_forgotten_and_can_be_fetched_again() -> None:
    house = House()
    first, second = house.publish(1), house.publish(2)
    house.bring(first)
    house.store.begin(second.signature)
    for piece in house.store.missing():
        house.store.write(piece.file, 0, b"\0" * piece.size)
    with pytest.raises(AlteredFile, match="not the bytes that were signed"):
        house.store.finish()
    assert serials(house.store) == [1]
    assert house.store.active is not None
    assert house.store.active.serial == 1
    assert [piece.have for piece in house.store.missing()] == [0, 0, 0]
    house.bring(second)
    assert house.store.active.serial == 2


def test_what_is_not_trusted_is_not_even_begun() -> None:
    house = House()
    foreign = publish(SHELF / "foreign", 9, key=STRANGER, disk=house.shelf)
    with pytest.raises(UntrustedKey):
        house.store.begin(foreign.signature)
    with pytest.raises(SignatureRefused):
        house.store.begin(house.publish(9).signature.replace(b"v9", b"v8"))
    assert house.disk.names(HERE / "partial") == []


@pytest.mark.req("W-16")
def test_a_downgrade_is_refused_and_a_signed_roll_back_is_not() -> None:
    house = House()
    first, second = house.publish(1), house.publish(2)
    house.bring(first)
    house.bring(second)
    with pytest.raises(DowngradeRefused):
        house.store.begin(first.signature)
    other_second = publish(SHELF / "other", 77, serial=2, disk=house.shelf)
    with pytest.raises(DowngradeRefused, match="other content"):
        house.store.begin(other_second.signature)
    house.bring(house.publish(1, serial=3, rolls_back_to="v1"))
    assert house.store.active is not None
    assert (house.store.active.version, house.store.active.serial) == ("v1", 3)
    assert house.store.active.manifest.rolls_back_to == "v1"


def test_the_highest_serial_is_remembered_when_its_slot_is_gone() -> None:
    house = House()
    for number in (1, 2, 3):
        house.bring(house.publish(number))
    newest = house.store.installed[-1]
    house.disk.remove(HERE / "slots" / f"{newest.serial:016d}-{newest.digest[:16]}")
    store = house.open()
    assert store.active is not None
    assert store.active.serial == 2
    with pytest.raises(DowngradeRefused):
        store.begin(house.publish(1).signature)
    house.bring(house.publish(3))
    assert house.store.active is not None
    assert house.store.active.serial == 3


def test_a_newer_announcement_drops_what_was_on_its_way() -> None:
    house = House()
    first, second = house.publish(1), house.publish(2)
    house.store.begin(first.signature)
    house.store.write("model.onnx", 0, b"x" * 100)
    house.store.begin(second.signature)
    assert len(house.disk.names(HERE / "partial")) == 1
    house.bring(second)
    assert serials(house.store) == [2]


def test_installed_is_not_yet_in_use() -> None:
    house = House()
    house.bring(house.publish(1))
    second = house.publish(2)
    house.store.begin(second.signature)
    while missing := house.store.missing():
        piece = missing[0]
        house.store.write(piece.file, 0, house.shelf.read(second.directory / piece.file))
    house.store.finish()
    house.store.finish()
    assert house.store.active is not None
    assert house.store.active.serial == 1
    assert house.open().active is not None
    house.store.begin(second.signature)
    assert house.store.missing() == ()
    assert house.store.activate().serial == 2
    assert house.store.activate().serial == 2


def test_only_so_many_stay_and_never_less_than_the_last_two() -> None:
    for keep, left in ((3, [4, 5, 6]), (2, [5, 6]), (0, [5, 6])):
        house = House(keep=keep)
        for number in range(1, 7):
            house.bring(house.publish(number))
        assert serials(house.store) == left
        assert house.open().active is not None


def unfit(numbers: Iterable[int]) -> HealthCheck:
    """A check that some models don't pass."""
    bad = tuple(f"{number:016d}-" for number in numbers)

    def check(directory: Path) -> None:
        if directory.name.startswith(bad):
            raise ArtefactError(f"{directory}: can't be loaded")

    return check


def test_a_model_that_does_not_work_never_comes_into_use() -> None:
    house = House(check=unfit([2]))
    house.bring(house.publish(1))
    with pytest.raises(UnfitModel, match="v2: does not work here"):
        house.bring(house.publish(2))
    assert house.store.active is not None
    assert house.store.active.serial == 1
    house.bring(house.publish(3))
    assert house.open().active is not None


def damage(house: House, serial: int, name: str = "model.onnx") -> None:
    [slot] = [slot for slot in house.disk.names(HERE / "slots") if slot.startswith(f"{serial:016d}-")]
    house.disk.write(HERE / "slots" / slot / name, 10, b"damaged")


def test_a_damaged_model_gives_way_to_the_one_before_and_says_so() -> None:
    house = House()
    sealed = house.publish(2)
    house.bring(house.publish(1))
    house.bring(sealed)
    damage(house, 2)
    store = house.open()
    assert store.active is not None
    assert store.active.serial == 1
    assert store.fell_back is not None
    assert "model.onnx" in store.fell_back
    assert house.open().fell_back is None
    house.bring(sealed)
    assert house.store.active is not None
    assert house.store.active.serial == 2


def test_with_both_damaged_there_is_none_and_it_can_be_fetched_again() -> None:
    house = House()
    sealed = house.publish(2)
    house.bring(house.publish(1))
    house.bring(sealed)
    damage(house, 1)
    damage(house, 2, "signature.json")
    store = house.open()
    assert store.active is None
    assert store.fell_back
    house.bring(sealed)
    assert house.open().active is not None


def test_the_model_before_must_work_too() -> None:
    house = House(check=unfit([1]))
    house._check = None
    house.open()
    house.bring(house.publish(1))
    house.bring(house.publish(2))
    damage(house, 2)
    house._check = unfit([1])
    assert house.open().active is None


def test_a_damaged_slot_is_noticed_when_it_is_to_come_into_use() -> None:
    house = House()
    second = house.publish(2)
    house.bring(house.publish(1))
    house.store.begin(second.signature)
    for piece in house.store.missing():
        house.store.write(piece.file, 0, house.shelf.read(second.directory / piece.file))
    house.store.finish()
    damage(house, 2)
    with pytest.raises(AlteredFile):
        house.store.activate()
    house.bring(second)
    assert house.store.active is not None
    assert house.store.active.serial == 2


def test_an_unreadable_state_starts_without_a_model_and_keeps_the_floor() -> None:
    house = House()
    house.bring(house.publish(1))
    house.bring(house.publish(2))
    house.disk.write(HERE / "state.json", 0, b"{]")
    store = house.open()
    assert store.active is None
    with pytest.raises(DowngradeRefused):
        store.begin(house.publish(1).signature)
    house.bring(house.publish(2))
    assert house.store.active is not None


def steps(store: ModelStore, shelf: MemoryDisk, models: list[Sealed]) -> None:
    for sealed in models:
        fetch(store, sealed, shelf)


class Fuse:
    """Burns down by one at each place."""

    def __init__(self, length: int | None) -> None:
        self.passed = 0
        self.length = length

    def here(self, place: str) -> None:
        self.passed += 1
        if self.passed == self.length:
            raise Dead(place)


def models_of(shelf: MemoryDisk) -> list[Sealed]:
    """Four publications, so that one slot is removed; the last is a roll-back to the second."""
    return [
        *(publish(SHELF / str(number), number, disk=shelf) for number in (1, 2, 3)),
        publish(SHELF / "4", 2, serial=4, rolls_back_to="v2", disk=shelf),
    ]


def test_after_a_death_at_any_point_it_has_a_whole_model_and_gets_the_last() -> None:
    shelf = MemoryDisk()
    models = models_of(shelf)
    whole = {sealed.signature for sealed in models}
    fuse = Fuse(None)
    steps(ModelStore(HERE, TRUST, disk=MortalDisk(MemoryDisk(), fuse.here)), shelf, models)
    assert fuse.passed > 100
    for length in range(1, fuse.passed + 1):
        inner = MemoryDisk()
        before = 0
        with pytest.raises(Dead):
            steps(ModelStore(HERE, TRUST, disk=MortalDisk(inner, Fuse(length).here)), shelf, models)
        store = ModelStore(HERE, TRUST, disk=inner)
        if store.active is not None:
            assert store.active.signature in whole
            before = store.active.serial
        assert store.fell_back is None, f"death {length} damaged what was in use"
        # The next life may die as well, at the same distance, and the one after that finishes.
        try:
            steps(ModelStore(HERE, TRUST, disk=MortalDisk(inner, Fuse(length % 23 + 1).here)), shelf, models[-1:])
        except Dead:
            pass
        store = ModelStore(HERE, TRUST, disk=inner)
        assert store.active is None or store.active.serial >= before
        fetch(store, models[-1], shelf)
        again = ModelStore(HERE, TRUST, disk=inner)
        assert again.active is not None
        assert again.active.serial == 4
        assert again.fell_back is None
        assert inner.names(HERE / "partial") == []
        assert not [name for name in inner.names(HERE) if name.endswith(".new")]


def test_on_the_machines_own_disk(tmp_path: Path) -> None:
    shelf = MemoryDisk()
    models = models_of(shelf)
    places = range(5, 120, 19)
    for length in places:
        folder = tmp_path / str(length)
        with pytest.raises(Dead):
            steps(ModelStore(folder, TRUST, disk=MortalDisk(LocalDisk(), Fuse(length).here)), shelf, models)
        store = ModelStore(folder, TRUST)
        fetch(store, models[-1], shelf)
        assert store.active is not None
        assert store.active.read("model.onnx", 0, 5000) == shelf.read(SHELF / "2" / "model.onnx")
        assert ModelStore(folder, TRUST).active is not None
