"""A model store as an agent's session with the hub sees it: plain values, refusals as texts."""

from __future__ import annotations

from models.errors import DowngradeRefused, ForeignFeatures, RegistryError, SignatureRefused, UntrustedKey
from models.registry.manifest import Manifest
from models.registry.store import ModelStore

_FOR_GOOD = (SignatureRefused, UntrustedKey, ForeignFeatures, DowngradeRefused)


class StoreSlots:
    """A :class:`runtime.agent.models.ModelSlots` on a :class:`ModelStore`.

    What can be refused answers ``None`` or ``(for_good, why)``; ``OSError`` for a failing disk.
    """

    def __init__(self, store: ModelStore) -> None:
        self.store = store

    def active(self) -> tuple[str, int] | None:
        """Version and serial of the model in use."""
        active = self.store.active
        return (active.version, active.serial) if active else None

    def installed(self) -> list[tuple[str, int]]:
        """Version and serial of every model that is there whole."""
        return [_named(manifest) for manifest in self.store.installed]

    def begin(self, signature: bytes) -> tuple[bool, str] | None:
        """Want the model of this ``signature.json``."""
        try:
            self.store.begin(signature)
        except RegistryError as error:
            return _refusal(error)
        return None

    def missing(self) -> list[tuple[str, int, int]]:
        """File, bytes on disk, bytes wanted; empty when all is there."""
        return [(piece.file, piece.have, piece.size) for piece in self.store.missing()]

    def write(self, file: str, offset: int, content: bytes) -> tuple[bool, str] | None:
        """The next bytes of a file."""
        try:
            self.store.write(file, offset, content)
        except RegistryError as error:
            return _refusal(error)
        return None

    def install(self) -> tuple[bool, str] | None:
        """Verify and keep the wanted model."""
        try:
            self.store.finish()
        except RegistryError as error:
            return _refusal(error)
        return None

    def activate(self) -> tuple[bool, str] | None:
        """Verify, try and use the wanted model."""
        try:
            self.store.activate()
        except RegistryError as error:
            return _refusal(error)
        return None


def _named(manifest: Manifest) -> tuple[str, int]:
    return manifest.version, manifest.serial


def _refusal(error: RegistryError) -> tuple[bool, str]:
    return isinstance(error, _FOR_GOOD), str(error)
