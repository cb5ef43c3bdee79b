"""Ed25519 keys: who signs models, and whose signature is trusted. A private key never leaves its file.

Source: RFC 8032 (Ed25519), by the ``cryptography`` library; PEM as of RFC 8410.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import KeyFileError, SignatureRefused, UntrustedKey

SHIPPED = Path(__file__).parent / "trust"
"""Public keys that come with Usher: that of its releases."""

_ID_CHARACTERS = 16


class PublicKey:
    """Checks signatures. ``id`` is the beginning of the sha256 of its 32 raw bytes."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = hashlib.sha256(raw).hexdigest()[:_ID_CHARACTERS]

    @classmethod
    def load(cls, path: Path) -> PublicKey:
        """The key in a PEM file; raises ``KeyFileError``."""
        try:
            key = serialization.load_pem_public_key(_read(path))
        except ValueError as error:
            raise KeyFileError(f"{path}: not a public key in PEM: {error}; give a file of `keygen`") from error
        if not isinstance(key, Ed25519PublicKey):
            raise KeyFileError(f"{path}: a {type(key).__name__}; only Ed25519 keys sign models")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """As it is written to a file."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verify(self, signature: bytes, content: bytes) -> None:
        """Raises ``SignatureRefused`` unless this key signed these bytes."""
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            raise SignatureRefused(
                f"the signature is not that of key {self.id} over this manifest: it was altered; fetch it again"
            ) from None


class SigningKey:
    """Signs models."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key of the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of_seed(cls, seed: bytes) -> SigningKey:
        """The key of 32 secret bytes, the same ever again."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """The key in a PEM file; raises ``KeyFileError``, also when others may read the file."""
        content = _read(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path}: others may read this private key: chmod 600 it, or make a new one")
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except (ValueError, TypeError) as error:
            raise KeyFileError(f"{path}: not a private key in PEM: {error}; give a file of `keygen`") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(f"{path}: a {type(key).__name__}; only Ed25519 keys sign models")
        return cls(key)

    def sign(self, content: bytes) -> bytes:
        """The signature of these bytes, 64 bytes."""
        return self._key.sign(content)

    def save(self, path: Path) -> None:
        """Write the private key for its owner's eyes only, whole or not at all; never over an existing file."""
        if path.exists():
            raise KeyFileError(f"{path}: exists; a signing key is never overwritten: give another name")
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        written = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            written.unlink(missing_ok=True)
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(written, path)
            written.unlink()
        except FileExistsError as error:
            raise KeyFileError(f"{path}: exists; a signing key is never overwritten: give another name") from error
        except OSError as error:
            raise KeyFileError(f"{path}: can't be written: {error.strerror}; give a folder of your own") from error

    def save_public(self, path: Path) -> None:
        """Write the public half, for whoever is to trust this key."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.public.pem)
        except OSError as error:
            raise KeyFileError(f"{path}: can't be written: {error.strerror}; give a folder of your own") from error


class Trust:
    """The keys whose models are taken."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.id: key for key in keys}

    @classmethod
    def load(cls, paths: Iterable[Path], *, shipped: bool = True) -> Trust:
        """The keys in these files, beside those that come with Usher; raises ``KeyFileError``."""
        of_usher = sorted(SHIPPED.glob("*.pub")) if shipped else []
        return cls(PublicKey.load(path) for path in (*of_usher, *paths))

    @property
    def ids(self) -> tuple[str, ...]:
        """The trusted keys' ids, in order."""
        return tuple(sorted(self._keys))

    def verify(self, key_id: str, signature: bytes, content: bytes) -> None:
        """Raises ``UntrustedKey`` or ``SignatureRefused`` unless a trusted key signed these bytes."""
        key = self._keys.get(key_id)
        if key is None:
            known = ", ".join(self.ids) or "none"
            raise UntrustedKey(
                f"signed by key {key_id[:64]!r}; trusted are {known}: add its .pub file to the trusted keys"
            )
        key.verify(signature, content)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: can't be read: {error.strerror}; give a file of `keygen`") from error
