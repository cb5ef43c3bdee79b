"""Small sealed artefacts for tests of delivery, a disk in memory, and a disk that dies."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath

from models.registry import Sealed, SigningKey, Trust, seal
from models.registry.disk import Disk, LocalDisk

MADE = datetime(2026, 3, 1, tzinfo=UTC)
FEATURES = hashlib.sha256(b"features").hexdigest()

KEY = SigningKey.of_seed(b"a key that tests may know of: 32")
STRANGER = SigningKey.of_seed(b"another key, which nobody trusts")
TRUST = Trust([KEY.public])


class MemoryDisk:
    """Files in a dictionary; folders are there as long as they were made."""

    def __init__(self) -> None:
        self.files: dict[Path, bytes] = {}
        self.folders: set[Path] = set()

    def read(self, path: Path) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory", str(path)) from None

    def size(self, path: Path) -> int:
        return len(self.files.get(path, b""))

    def names(self, folder: Path) -> list[str]:
        depth = len(folder.parts)
        below = (path for path in (*self.files, *self.folders) if _is_below(path, folder))
        return sorted({path.parts[depth] for path in below})

    def make(self, folder: Path) -> None:
        self.folders.update((folder, *folder.parents))

    def write(self, path: Path, offset: int, content: bytes) -> None:
        if path.parent not in self.folders:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        self.files[path] = self.files.get(path, b"")[:offset] + content

    def rename(self, source: Path, target: Path) -> None:
        if source in self.files:
            self.files[target] = self.files.pop(source)
            return
        if target in self.folders:
            raise FileExistsError(f"{target} is there already")
        for path in [path for path in self.files if _is_below(path, source)]:
            self.files[target / path.relative_to(source)] = self.files.pop(path)
        moved = {path for path in self.folders if path == source or _is_below(path, source)}
        self.folders -= moved
        self.folders |= {target / path.relative_to(source) for path in moved}

    def remove(self, path: Path) -> None:
        for one in [one for one in self.files if one == path or _is_below(one, path)]:
            del self.files[one]
        self.folders = {one for one in self.folders if one != path and not _is_below(one, path)}


class Dead(BaseException):
    """The process is dead: nothing of it may catch this."""


class MortalDisk:
    """A disk on which a process may die: at each change before it, half-way where there is a half, and after it."""

    def __init__(self, inner: Disk, here: Callable[[str], None]) -> None:
        self._inner = inner
        self._here = here

    def read(self, path: Path) -> bytes:
        return self._inner.read(path)

    def size(self, path: Path) -> int:
        return self._inner.size(path)

    def names(self, folder: Path) -> list[str]:
        return self._inner.names(folder)

    def make(self, folder: Path) -> None:
        self._here(f"before making {folder.name}")
        self._inner.make(folder)

    def write(self, path: Path, offset: int, content: bytes) -> None:
        self._here(f"before writing {path.name}")
        self._inner.write(path, offset, content[: len(content) // 2])
        self._here(f"while writing {path.name}")
        self._inner.write(path, offset, content)
        self._here(f"after writing {path.name}")

    def rename(self, source: Path, target: Path) -> None:
        self._here(f"before renaming {source.name}")
        self._inner.rename(source, target)
        self._here(f"after renaming {source.name}")

    def remove(self, path: Path) -> None:
        names = self._inner.names(path)
        for name in names:
            self._here(f"before removing {name}")
            self._inner.remove(path / name)
        self._here(f"before removing {path.name}")
        self._inner.remove(path)


def files_of(number: int, *, model_bytes: int = 2500, features: str = FEATURES) -> dict[str, bytes]:
    """The unsealed files of the artefact of this number: bytes of chance in the place of a model."""
    model = random.Random(number).randbytes(model_bytes)
    card = {"version": f"v{number}", "feature_hash": features, "model_sha256": hashlib.sha256(model).hexdigest()}
    return {
        "model.onnx": model,
        "card.json": json.dumps(card).encode(),
        "catalogue.json": json.dumps({"name": f"bank {number}"}).encode(),
    }


def publish(
    folder: Path,
    number: int,
    *,
    serial: int | None = None,
    key: SigningKey = KEY,
    disk: Disk | None = None,
    rolls_back_to: str | None = None,
    model_bytes: int = 2500,
) -> Sealed:
    """Artefact ``number`` in ``folder``, sealed; the serial is the number unless said."""
    disk = disk or LocalDisk()
    disk.make(folder)
    for name, content in files_of(number, model_bytes=model_bytes).items():
        disk.write(folder / name, 0, content)
    serial = serial or number
    return seal(folder, key, serial=serial, made_at=MADE, rolls_back_to=rolls_back_to, disk=disk)


def _is_below(path: PurePath, folder: PurePath) -> bool:
    return len(path.parts) > len(folder.parts) and path.parts[: len(folder.parts)] == folder.parts
