"""The models on one machine: which are there whole and verified, which is in use, and what is still on its way.

::

    DIRECTORY/state.json              which slot is in use, which was before, the highest serial taken so far
    DIRECTORY/slots/SERIAL-DIGEST/    an artefact directory, verified before it got this name
    DIRECTORY/partial/SERIAL-DIGEST/  one that is being fetched: signature.json first, then the files, each growing

A slot appears by one ``rename`` and comes into use by another (of ``state.json``), so that after ``kill -9`` at any
point what was in use still is, or what was to come is, and never a part of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.errors import AlteredFile, ModelsError, RegistryError, UnfitModel
from models.registry.artefact import Sealed, open_sealed, verify_files
from models.registry.disk import Disk, LocalDisk, replace
from models.registry.manifest import SIGNATURE_FILE, Manifest, Verifier, check_serial, read_signed

log = logging.getLogger(__name__)

HealthCheck = Callable[[Path], None]
"""Tries the model in a directory; raises ``ModelsError`` when it is of no use here."""

KEPT = 3
_REMEMBERED = 8


class _State(msgspec.Struct, frozen=True, kw_only=True):
    current: str | None = None
    previous: str | None = None
    floor: int = 0
    floor_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that is not whole yet: ``have`` of ``size`` bytes are on disk."""

    file: str
    have: int
    size: int


class ModelStore:
    """One process uses a folder. Methods raise :class:`models.errors.RegistryError`; ``OSError`` for a failing disk."""

    def __init__(
        self,
        directory: Path,
        trust: Verifier,
        *,
        check: HealthCheck | None = None,
        disk: Disk | None = None,
        keep: int = KEPT,
    ) -> None:
        """``check`` is asked before a model comes into use; ``keep`` is how many slots stay, at least the used one and
        the one before."""
        self.directory = directory
        self._trust = trust
        self._check = check
        self._disk = disk or LocalDisk()
        self._keep = max(2, keep)
        self._slots = directory / "slots"
        self._partial = directory / "partial"
        self._wanted: tuple[str, Manifest] | None = None
        self._read: dict[bytes, Manifest] = {}
        self.fell_back: str | None = None
        """Why the model in use had to be given up when the store was opened."""
        self._state = self._read_state()
        self._active = self._open_current()

    @property
    def active(self) -> Sealed | None:
        """The model in use, verified."""
        return self._active

    @property
    def installed(self) -> tuple[Manifest, ...]:
        """All that is there whole, by serial; verified when it was installed, and again before it comes into use."""
        found = []
        for slot in self._disk.names(self._slots):
            manifest = self._manifest_of(self._slots / slot)
            if manifest is not None and _slot(manifest) == slot:
                found.append(manifest)
        return tuple(sorted(found, key=lambda manifest: manifest.serial))

    def begin(self, signature: bytes) -> Manifest:
        """Want the model of this ``signature.json``; what is there of it already stays, of any other it goes.

        Raises ``SignatureRefused``, ``UntrustedKey`` or ``DowngradeRefused``.
        """
        manifest, _ = read_signed(signature, self._trust, origin="announced model")
        slot = _slot(manifest)
        if self._wanted is not None and self._wanted[0] == slot:
            return manifest
        if slot != self._state.current:
            floor, digest = self._floor()
            check_serial(manifest, floor=floor, floor_digest=digest, origin=f"announced model {manifest.version}")
        if self._manifest_of(self._slots / slot) is None:
            for other in self._disk.names(self._partial):
                if other != slot:
                    self._disk.remove(self._partial / other)
            folder = self._partial / slot
            if self._manifest_of(folder) is None:
                self._disk.make(folder)
                replace(self._disk, folder / SIGNATURE_FILE, signature)
        self._wanted = (slot, manifest)
        return manifest

    def missing(self) -> tuple[Piece, ...]:
        """What is still to be written of the wanted model, in order; nothing when it is all there."""
        slot, manifest = self._want()
        if self._manifest_of(self._slots / slot) is not None:
            return ()
        pieces = []
        for entry in manifest.files:
            have = self._disk.size(self._partial / slot / entry.name)
            if have != entry.size:
                # Longer than was signed can't become right any more: from the beginning.
                pieces.append(Piece(entry.name, have if have < entry.size else 0, entry.size))
        return tuple(pieces)

    def write(self, file: str, offset: int, content: bytes) -> None:
        """The next bytes of a file of the wanted model, durable on return; raises ``AlteredFile`` for any others."""
        slot, _ = self._want()
        piece = next((piece for piece in self.missing() if piece.file == file), None)
        if piece is None or offset != piece.have or not 0 < len(content) <= piece.size - offset:
            at = f"{piece.have} of {piece.size}" if piece else "whole or not in the manifest"
            raise AlteredFile(f"{file}: {len(content)} bytes at {offset} don't fit, it is {at}: send what is asked for")
        self._disk.write(self._partial / slot / file, offset, content)

    def finish(self) -> Manifest:
        """Verify every byte of the wanted model and install it; raises ``AlteredFile`` and forgets the bytes."""
        slot, manifest = self._want()
        if self._manifest_of(self._slots / slot) is not None:
            return manifest
        folder = self._partial / slot
        try:
            verify_files(self._disk, folder, manifest)
            open_sealed(folder, self._trust, disk=self._disk)
        except RegistryError:
            self.discard()
            raise
        self._disk.make(self._slots)
        # A slot without a readable signature is what a death left of a removal.
        self._disk.remove(self._slots / slot)
        self._disk.rename(folder, self._slots / slot)
        self._prune(keep=slot)
        return manifest

    def discard(self) -> None:
        """Forget what came of the wanted model, but not that it is wanted."""
        slot, manifest = self._want()
        for entry in manifest.files:
            self._disk.remove(self._partial / slot / entry.name)

    def activate(self) -> Sealed:
        """Bring the wanted model into use: verified again, tried, then one swap. Raises ``UnfitModel`` or
        ``AlteredFile``, and what was in use stays in use."""
        slot, manifest = self._want()
        if self._state.current == slot and self._active is not None:
            return self._active
        sealed = self._verified(slot)
        self._try(sealed)
        self._swap(slot, self._state.current, manifest)
        self._active = sealed
        self._prune(keep=slot)
        return sealed

    def _verified(self, slot: str) -> Sealed:
        try:
            sealed = open_sealed(self._slots / slot, self._trust, disk=self._disk)
        except RegistryError:
            self._drop(slot)
            self._wanted = None
            raise
        if _slot(sealed.manifest) != slot:
            raise AlteredFile(f"{self._slots / slot}: holds {_slot(sealed.manifest)}: remove the folder")
        return sealed

    def _try(self, sealed: Sealed) -> None:
        if self._check is None:
            return
        try:
            self._check(sealed.directory)
        except ModelsError as error:
            raise UnfitModel(f"{sealed.version}: does not work here: {error}") from error

    def _swap(self, current: str | None, previous: str | None, manifest: Manifest | None) -> None:
        floor, digest = self._floor()
        if manifest is not None and manifest.serial > floor:
            floor, digest = manifest.serial, manifest.digest
        state = _State(current=current, previous=previous, floor=floor, floor_digest=digest)
        replace(self._disk, self.directory / "state.json", msgspec.json.encode(state))
        self._state = state

    def _floor(self) -> tuple[int, str | None]:
        """The highest serial that was ever taken here, and of which content."""
        floor, digest = self._state.floor, self._state.floor_digest
        for manifest in self.installed:
            if manifest.serial > floor:
                floor, digest = manifest.serial, manifest.digest
        return floor, digest

    def _open_current(self) -> Sealed | None:
        """What ``state.json`` says, or what was in use before when that is damaged."""
        faults = []
        for slot in (self._state.current, self._state.previous):
            if slot is None:
                continue
            try:
                sealed = open_sealed(self._slots / slot, self._trust, disk=self._disk)
                if slot != self._state.current:
                    self._try(sealed)
            except RegistryError as error:
                faults.append(str(error))
                continue
            if slot != self._state.current:
                self._give_up(slot, faults)
            return sealed
        if faults:
            self._give_up(None, faults)
        return None

    def _give_up(self, successor: str | None, faults: list[str]) -> None:
        self.fell_back = "; ".join(faults)
        log.error("model_given_up why=%r successor=%s", self.fell_back, successor)
        damaged = self._state.current
        self._swap(successor, None, None)
        if damaged is not None:
            self._drop(damaged)

    def _prune(self, *, keep: str) -> None:
        """Only so many slots stay: the used one, the one before, ``keep``, then the newest."""
        needed = {keep, self._state.current, self._state.previous}
        slots = [_slot(manifest) for manifest in reversed(self.installed)]
        rest = [slot for slot in slots if slot not in needed]
        room = self._keep - len([slot for slot in slots if slot in needed])
        for slot in rest[max(0, room) :]:
            self._drop(slot)

    def _manifest_of(self, folder: Path) -> Manifest | None:
        """The verified manifest in a folder, null when it has none that is any good."""
        try:
            content = self._disk.read(folder / SIGNATURE_FILE)
            known = self._read.get(content)
            if known is None:
                known = read_signed(content, self._trust, origin=str(folder))[0]
                self._read = {content: known, **dict(list(self._read.items())[:_REMEMBERED])}
            return known
        except (FileNotFoundError, NotADirectoryError, RegistryError):
            return None

    def _drop(self, slot: str) -> None:
        """Remove a slot, its signature first: a death on the way leaves nothing that looks installed."""
        self._disk.remove(self._slots / slot / SIGNATURE_FILE)
        self._disk.remove(self._slots / slot)

    def _read_state(self) -> _State:
        path = self.directory / "state.json"
        try:
            return msgspec.json.decode(self._disk.read(path), type=_State)
        except FileNotFoundError:
            self._disk.make(self.directory)
            return _State()
        except (msgspec.DecodeError, UnicodeError) as error:
            log.error("model_state_unreadable path=%s why=%r", path, str(error))
            return _State()

    def _want(self) -> tuple[str, Manifest]:
        if self._wanted is None:
            raise RegistryError("no model is wanted: begin with its signature.json")
        return self._wanted


def _slot(manifest: Manifest) -> str:
    return f"{manifest.serial:016d}-{manifest.digest[:16]}"
