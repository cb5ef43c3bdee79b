"""What happened, line by line, and its hash: the same seed gives the same trace."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b


class Trace:
    """Keeps the last lines, and the hash and the count of all of them."""

    def __init__(self, keep: int = 20_000) -> None:
        self.lines: deque[str] = deque(maxlen=keep)
        self.count = 0
        self._hash = blake2b(digest_size=16)

    def note(self, at: float, who: str, what: str, payload: bytes = b"") -> None:
        """Something happened; ``payload`` counts for the hash only."""
        line = f"{at:12.6f} {who:<10} {what}"
        self.lines.append(line)
        self.count += 1
        self._hash.update(line.encode())
        self._hash.update(payload)

    @property
    def digest(self) -> str:
        """The hash of everything so far, in hex."""
        return self._hash.hexdigest()
