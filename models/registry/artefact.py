"""An artefact directory under signature: ``model.onnx``, ``catalogue.json``, ``card.json``, ``signature.json``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from models.errors import AlteredFile, ForeignFeatures, RegistryError, SignatureRefused
from models.registry.disk import Disk, LocalDisk, replace
from models.registry.keys import SigningKey
from models.registry.manifest import (
    CARD_FILE,
    CATALOGUE_FILE,
    MAX_FILE_BYTES,
    MODEL_FILE,
    SIGNATURE_FILE,
    FileEntry,
    Manifest,
    Verifier,
    check_serial,
    read_signed,
    sign,
)

FILES = (MODEL_FILE, CARD_FILE, CATALOGUE_FILE)
"""What is sealed of a directory; a catalogue that comes with the program may be missing."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A directory whose every byte is what a trusted key signed. ``signature`` is its ``signature.json``."""

    directory: Path
    manifest: Manifest
    key_id: str
    signature: bytes

    @property
    def version(self) -> str:
        """The model's version, as in its card."""
        return self.manifest.version

    @property
    def serial(self) -> int:
        """The number of its publication."""
        return self.manifest.serial

    def read(self, file: str, offset: int, size: int) -> bytes:
        """A piece of one of its files, shorter at the file's end; raises ``AlteredFile`` when there is no such file."""
        if all(entry.name != file for entry in self.manifest.files):
            raise AlteredFile(f"{self.directory}: no file {file!r}; it has {', '.join(_names(self.manifest))}")
        try:
            with (self.directory / file).open("rb") as opened:
                opened.seek(offset)
                return opened.read(size)
        except OSError as error:
            raise AlteredFile(f"{self.directory / file}: can't be read: {error.strerror}; publish it again") from error


class _CardFacts(msgspec.Struct, frozen=True):
    """What a signature is about; whatever else the card says is its own matter."""

    version: str
    feature_hash: str


def seal(
    directory: Path,
    key: SigningKey,
    *,
    serial: int,
    made_at: datetime,
    parents: Sequence[str] = (),
    rolls_back_to: str | None = None,
    disk: Disk | None = None,
) -> Sealed:
    """Sign what lies in ``directory``; version and features are those of its card. Replaces an older signature.

    ``serial`` must be higher than any that devices were given; ``parents`` are versions, ``rolls_back_to`` the version
    whose content comes back. Raises ``AlteredFile`` or ``RegistryError``.
    """
    disk = disk or LocalDisk()
    facts = _card_facts(disk, directory)
    entries = []
    for name in FILES:
        content = _content(disk, directory / name) if name in disk.names(directory) else None
        if content is not None:
            entries.append(FileEntry(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest()))
        elif name != CATALOGUE_FILE:
            raise AlteredFile(f"{directory / name}: missing; train the model again")
    manifest = Manifest(
        version=facts.version,
        serial=serial,
        parents=tuple(parents),
        feature_hash=facts.feature_hash,
        files=tuple(entries),
        made_at=made_at.astimezone(UTC).isoformat(timespec="seconds"),
        rolls_back_to=rolls_back_to,
    )
    try:
        manifest = msgspec.convert(msgspec.to_builtins(manifest), Manifest)
    except msgspec.ValidationError as error:
        raise RegistryError(f"{directory}: can't be sealed: {error}") from error
    signature = sign(manifest, key.public.id, key)
    try:
        replace(disk, directory / SIGNATURE_FILE, signature)
    except OSError as error:
        raise RegistryError(f"{directory / SIGNATURE_FILE}: can't be written: {error.strerror}") from error
    return Sealed(directory, manifest, key.public.id, signature)


def open_sealed(
    directory: Path,
    trust: Verifier,
    *,
    floor_serial: int | None = None,
    feature_hash: str | None = None,
    disk: Disk | None = None,
) -> Sealed:
    """The directory, if every file is what a trusted key signed.

    Refuses (each by its own error of :mod:`models.errors`) a bad signature, an unknown key, a missing, altered or
    foreign file, other features than ``feature_hash``, and a serial below ``floor_serial``.
    """
    disk = disk or LocalDisk()
    origin = str(directory / SIGNATURE_FILE)
    try:
        signature = disk.read(directory / SIGNATURE_FILE)
    except OSError as error:
        raise SignatureRefused(f"{origin}: can't be read: {error.strerror}; the model is not sealed") from error
    manifest, key_id = read_signed(signature, trust, origin=origin)
    if floor_serial is not None:
        check_serial(manifest, floor=floor_serial, floor_digest=None, origin=origin)
    if feature_hash is not None and manifest.feature_hash != feature_hash:
        raise ForeignFeatures(
            f"{origin}: made for features {manifest.feature_hash[:12]}, this program computes {feature_hash[:12]}: "
            "train the model for this release"
        )
    verify_files(disk, directory, manifest)
    facts = _card_facts(disk, directory)
    if (facts.version, facts.feature_hash) != (manifest.version, manifest.feature_hash):
        raise AlteredFile(f"{directory / CARD_FILE}: not the card of {manifest.version}: seal the model again")
    return Sealed(directory, manifest, key_id, signature)


def verify_files(disk: Disk, directory: Path, manifest: Manifest) -> None:
    """Raises ``AlteredFile`` unless the files of the manifest are there byte for byte, and none that a loader reads
    beside them."""
    for name in sorted(set(FILES) & set(disk.names(directory)) - set(_names(manifest))):
        raise AlteredFile(f"{directory / name}: not in the signed manifest: remove it, or seal the model again")
    for entry in manifest.files:
        path = directory / entry.name
        size = disk.size(path)
        if size > entry.size:
            raise AlteredFile(f"{path}: {size} bytes, {entry.size} were signed: fetch the model again")
        content = _content(disk, path)
        if len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise AlteredFile(f"{path}: not the bytes that were signed: damaged or altered; fetch the model again")


def _names(manifest: Manifest) -> list[str]:
    return [entry.name for entry in manifest.files]


def _card_facts(disk: Disk, directory: Path) -> _CardFacts:
    try:
        return msgspec.json.decode(_content(disk, directory / CARD_FILE), type=_CardFacts)
    except msgspec.DecodeError as error:
        raise AlteredFile(f"{directory / CARD_FILE}: not a model card: {error}; train the model again") from error


def _content(disk: Disk, path: Path) -> bytes:
    if disk.size(path) > MAX_FILE_BYTES:
        raise AlteredFile(f"{path}: {disk.size(path)} bytes; a file of a model has at most {MAX_FILE_BYTES}")
    try:
        return disk.read(path)
    except OSError as error:
        raise AlteredFile(f"{path}: can't be read: {error.strerror or error}; fetch the model again") from error
