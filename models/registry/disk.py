"""The few things that a model store does to a disk, each one whole or not done, so that a death between any two of them
can be played (tests) and survived (``models/registry/store.py``)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Files by path. ``OSError`` means that the disk failed; each call is durable when it returns."""

    def read(self, path: Path) -> bytes:
        """The file's content; ``FileNotFoundError`` where there is none."""
        ...

    def size(self, path: Path) -> int:
        """The file's size in bytes, 0 where there is none."""
        ...

    def names(self, folder: Path) -> list[str]:
        """What lies in a folder, in order; nothing where there is none."""
        ...

    def make(self, folder: Path) -> None:
        """Make a folder, with its parents; it may be there already."""
        ...

    def write(self, path: Path, offset: int, content: bytes) -> None:
        """Make ``content`` the end of the file, from ``offset`` on. A death may leave a part of it."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder another name, at once; a file of that name is replaced, a folder must not be there."""
        ...

    def remove(self, path: Path) -> None:
        """Delete a file, or a folder with what is in it; nothing where there is none. A death may leave a part."""
        ...


class LocalDisk:
    """The machine's own file system."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def size(self, path: Path) -> int:
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0

    def names(self, folder: Path) -> list[str]:
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def make(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            _sync_folder(made.parent)

    def write(self, path: Path, offset: int, content: bytes) -> None:
        new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync_folder(path.parent)

    def rename(self, source: Path, target: Path) -> None:
        if source.is_dir() and target.exists():
            raise FileExistsError(f"{target} is there already")
        source.replace(target)
        _sync_folder(target.parent)
        if source.parent != target.parent:
            _sync_folder(source.parent)

    def remove(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)


def replace(disk: Disk, path: Path, content: bytes) -> None:
    """Make ``content`` the whole file: after a death at any point it is the old one or the new one."""
    new = path.with_name(f".{path.name}.new")
    disk.remove(new)
    disk.write(new, 0, content)
    disk.rename(new, path)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a folder can't be opened, and its entries are written through
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
