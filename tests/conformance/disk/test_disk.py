"""One suite for every disk of a model store: the machine's own, and the one in memory that tests and simulation use."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.registry.disk import Disk, LocalDisk, replace
from tests.sealed_models import MemoryDisk


@pytest.fixture(params=[LocalDisk, MemoryDisk])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    disk: Disk = request.param()
    disk.make(tmp_path)
    return disk


def test_what_was_written_is_read(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "file"
    disk.write(path, 0, b"hello")
    assert disk.read(path) == b"hello"
    assert disk.size(path) == 5
    disk.write(path, 5, b", world")
    assert disk.read(path) == b"hello, world"
    disk.write(path, 4, b"!")
    assert disk.read(path) == b"hell!"


def test_what_is_not_there(disk: Disk, tmp_path: Path) -> None:
    assert disk.size(tmp_path / "none") == 0
    assert disk.names(tmp_path / "none") == []
    disk.remove(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        disk.read(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        disk.write(tmp_path / "none" / "file", 0, b"x")


def test_folders_hold_names_in_order(disk: Disk, tmp_path: Path) -> None:
    disk.make(tmp_path / "a" / "b")
    disk.make(tmp_path / "a" / "b")
    disk.write(tmp_path / "a" / "z", 0, b"")
    disk.write(tmp_path / "a" / "b" / "inner", 0, b"1")
    assert disk.names(tmp_path / "a") == ["b", "z"]
    disk.remove(tmp_path / "a" / "b")
    assert disk.names(tmp_path / "a") == ["z"]
    disk.remove(tmp_path / "a" / "z")
    assert disk.names(tmp_path / "a") == []


def test_a_file_is_renamed_over_another(disk: Disk, tmp_path: Path) -> None:
    disk.write(tmp_path / "old", 0, b"old")
    disk.write(tmp_path / "new", 0, b"new")
    disk.rename(tmp_path / "new", tmp_path / "old")
    assert disk.read(tmp_path / "old") == b"new"
    assert disk.names(tmp_path) == ["old"]


def test_a_folder_is_renamed_with_what_is_in_it_and_never_over_another(disk: Disk, tmp_path: Path) -> None:
    for name in ("a", "b"):
        disk.make(tmp_path / name)
        disk.write(tmp_path / name / "file", 0, name.encode())
    with pytest.raises(OSError, match="there"):
        disk.rename(tmp_path / "a", tmp_path / "b")
    disk.remove(tmp_path / "b")
    disk.rename(tmp_path / "a", tmp_path / "b")
    assert disk.read(tmp_path / "b" / "file") == b"a"
    assert disk.names(tmp_path) == ["b"]


def test_replacing_leaves_nothing_beside(disk: Disk, tmp_path: Path) -> None:
    disk.write(tmp_path / ".state.new", 0, b"what a death left, and longer than the next")
    replace(disk, tmp_path / "state", b"one")
    replace(disk, tmp_path / "state", b"two")
    assert disk.read(tmp_path / "state") == b"two"
    assert disk.names(tmp_path) == ["state"]
