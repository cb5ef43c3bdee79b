"""The reference of a customer: a keyed hash of the number, so that nobody can read it back without the key (K-01).

HMAC-SHA256 (RFC 2104) with a key of the bank. ID and phone numbers are few enough to try them all: who has the key has
the numbers. So the key is drawn by lot, kept in a file that only its process may read, and never logged. Kiosks of one
bank, and who imports bookings, need the same key to mean the same customer: copy the file.
"""

import base64
import hmac
import os
import secrets
import stat
from pathlib import Path

from runtime.errors import ConfigError

MARK = "usher-identity-1"
VERSION = "i1"
KEY_BYTES = 32


class IdentityKey:
    """The bank's key. ``repr`` says nothing of it."""

    def __init__(self, secret: bytes, bank: str) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(secret)}")
        self._numbers = hmac.digest(secret, f"usher identity {bank}".encode(), "sha256")
        self.bookings = hmac.digest(secret, f"usher booking {bank}".encode(), "sha256")
        self._id = base64.b32encode(hmac.digest(self._numbers, b"id", "sha256"))[:5].decode("ascii").lower()

    @classmethod
    def open(cls, path: Path, bank: str) -> "IdentityKey":
        """Of a file, made (mode 600) if it isn't there. ``bank`` gives each bank of a shared kiosk other references.

        Raises ``ConfigError`` for a file that others may read, that is no key, or that can't be read or made.
        """
        try:
            secret = _read(path)
            return cls(_make(path) if secret is None else secret, bank)
        except OSError as error:
            raise ConfigError(f"key = {path}: {error.strerror}; name a file in a folder of the kiosk's own") from error

    def reference(self, means: str, number: bytes | bytearray | memoryview) -> str:
        """``i1.<key id>.<43 characters>``: the same for the same number, means and key. ``means``: what it is a number
        of, such as ``phone``, whose number is in E.164 with its plus."""
        keyed = hmac.digest(self._numbers, means.encode("ascii"), "sha256")
        # In one call over the buffer: no copy of the number is made that could not be overwritten.
        digest = hmac.digest(keyed, number, "sha256")
        return f"{VERSION}.{self._id}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode('ascii')}"

    def __repr__(self) -> str:
        return f"IdentityKey({self._id})"


def _read(path: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise ConfigError(f"key = {path}: others may read it (mode {mode:o}); chmod 600, and draw a new key")
        content = file.read(4096)
    mark, _, encoded = content.decode("ascii", "replace").strip().partition(" ")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError:
        secret = b""
    if mark != MARK or len(secret) != KEY_BYTES:
        raise ConfigError(f"key = {path}: is no key of Usher's; restore it, or move it away to draw a new one")
    return secret


def _make(path: Path) -> bytes:
    """Drawn by lot, on the disk before it is used. Of two that do this at once, both get the first one's."""
    secret = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(f"{MARK} {base64.b64encode(secret).decode('ascii')}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # unlike a rename, it never replaces a key that is in use
        except FileExistsError:
            found = _read(path)
            if found is not None:
                return found
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return secret
