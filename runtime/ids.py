"""Ids as a port: time-ordered UUIDv7 (RFC 9562) in production, seeded ones in the simulation."""

import base64
import random
import secrets
from typing import Protocol

import uuid_utils


class Ids(Protocol):
    """Where ids come from."""

    def new(self) -> str:
        """A new unique id, 8 to 64 characters."""
        ...

    def traceparent(self) -> str:
        """A new W3C trace context, version 00, sampled."""
        ...

    def secret(self) -> str:
        """128 random bits that nobody can guess, as 22 characters of base64url."""
        ...


class UuidIds:
    """UUIDv7: unique everywhere, sortable by time, so that an index on it grows at its end."""

    def new(self) -> str:
        return str(uuid_utils.uuid7())

    def traceparent(self) -> str:
        return f"00-{uuid_utils.uuid4().hex}-{uuid_utils.uuid4().hex[:16]}-01"

    def secret(self) -> str:
        return secrets.token_urlsafe(16)


class SeededIds:
    """Repeatable ids for simulations: the same seed gives the same sequence; the prefix keeps two sequences apart."""

    def __init__(self, prefix: str, seed: int) -> None:
        self._prefix = prefix
        self._random = random.Random(f"{prefix}/{seed}")
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count:08d}"

    def traceparent(self) -> str:
        return f"00-{self._random.getrandbits(128):032x}-{self._random.getrandbits(64):016x}-01"

    def secret(self) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(16)).decode().rstrip("=")
