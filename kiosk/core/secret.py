"""Characters that nobody but their owner may see, such as an ID number: kept in one place and overwritten there."""


class Secret:
    """Up to ``capacity`` characters of Latin-1 in one buffer that never moves.

    No ``str`` or ``bytes`` of the whole is ever made, as those can't be overwritten. ``repr`` tells the length alone.
    """

    __slots__ = ("_buffer", "_count")

    def __init__(self, capacity: int = 64) -> None:
        self._buffer = bytearray(capacity)
        self._count = 0

    @classmethod
    def of(cls, content: bytes | bytearray | memoryview) -> "Secret":
        """A copy of ``content``; its own bytes remain the caller's to overwrite."""
        made = cls(max(1, len(content)))
        made._buffer[: len(content)] = content
        made._count = len(content)
        return made

    def add(self, code: int) -> bool:
        """Append a character (0 to 255); false when it doesn't fit."""
        if self._count >= len(self._buffer) or not 0 <= code <= 255:
            return False
        self._buffer[self._count] = code
        self._count += 1
        return True

    def drop(self) -> None:
        """Take the last character back, if there is one."""
        if self._count:
            self._count -= 1
            self._buffer[self._count] = 0

    def squeeze(self, unwanted: bytes) -> None:
        """Take out every character that is in ``unwanted``, in place."""
        kept = 0
        for at in range(self._count):
            code = self._buffer[at]
            if code not in unwanted:
                self._buffer[kept] = code
                kept += 1
        for at in range(kept, self._count):
            self._buffer[at] = 0
        self._count = kept

    def upper(self) -> None:
        """Make a to z capital, in place."""
        for at in range(self._count):
            if 97 <= self._buffer[at] <= 122:
                self._buffer[at] -= 32

    def wipe(self) -> None:
        """Overwrite all of it."""
        for at in range(len(self._buffer)):
            self._buffer[at] = 0
        self._count = 0

    def view(self) -> memoryview:
        """What is in it, without a copy; of use until the next change."""
        return memoryview(self._buffer)[: self._count]

    def masked(self, shown: int = 4) -> str:
        """``••••1234``: at most the last ``shown`` characters, and never more than a third of it."""
        seen = min(shown, self._count // 3)
        tail = "".join(chr(self._buffer[at]) for at in range(self._count - seen, self._count))
        return "•" * 4 + tail

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Secret({self._count} characters)"

    def __enter__(self) -> "Secret":
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()
