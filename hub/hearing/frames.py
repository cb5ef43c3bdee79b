"""Frames as they arrive, put in order: repeated and late ones are dropped, missing ones marked. Pure."""

from collections.abc import Sequence

import msgspec

MISSING = b""
"""Stands for a frame that did not come: its sound is to be concealed."""


class Piece(msgspec.Struct, frozen=True):
    """The next frames of a stream, if any; after them ``skipped`` that did not come are passed over."""

    frames: tuple[bytes, ...]
    skipped: int = 0


class OrderRules(msgspec.Struct, frozen=True, kw_only=True):
    """A gap is waited for until ``reorder`` later frames are there or ``patience_s`` has passed.

    ``conceal`` missing frames in a row are marked, more are skipped. At most ``held`` frames are kept behind a gap.
    """

    reorder: int = 15
    patience_s: float = 0.3
    conceal: int = 50
    held: int = 150


class FrameOrder:
    """The order of one stream's frames. ``waiting`` are held behind a gap; the other counts only grow."""

    def __init__(self, rules: OrderRules | None = None) -> None:
        self._rules = rules or OrderRules()
        self._held: dict[int, bytes] = {}
        self._gap_since = 0.0
        self._sent = 0
        self.next = 0
        self.lost = 0
        self.left_out = 0
        self.late = 0
        self.repeated = 0

    @property
    def waiting(self) -> int:
        """Frames that are held behind a gap."""
        return len(self._held)

    def take(self, first: int, frames: Sequence[bytes], now: float, sent: int | None = None) -> list[Piece]:
        """Frames arrive at ``now``, in seconds of a clock that never goes back; returns what is in order now.

        ``sent``: how many frames had been sent before these. Where that leaves no gap and their numbers do, the sender
        left some out: they are passed over, for nobody can wait for them and a recogniser that is behind should not
        spend time on them.
        """
        pieces = []
        if sent is not None:
            if sent == self._sent and first > self.next and not self._held:
                pieces.append(Piece((), first - self.next))
                self.left_out += first - self.next
                self.next = first
            self._sent = max(self._sent, sent + len(frames))
        for number, frame in enumerate(frames, first):
            if number < self.next:
                self.late += 1
            elif number in self._held:
                self.repeated += 1
            elif len(self._held) < self._rules.held:
                if not self._held:
                    self._gap_since = now
                self._held[number] = frame
        return pieces + self.due(now)

    def due(self, now: float) -> list[Piece]:
        """What is in order by ``now``: behind a gap that has been waited for long enough, too."""
        pieces = []
        while self._held:
            piece = self._run()
            if not piece.frames:
                late = now - self._gap_since >= self._rules.patience_s
                if not late and max(self._held) - self.next < self._rules.reorder:
                    break
                piece = self._conceal(min(self._held))
            pieces.append(piece)
            self._gap_since = now
        return pieces

    def end(self, end: int) -> list[Piece]:
        """Nothing more will come than the frames below ``end``: all that is there, and marks for the rest."""
        pieces = []
        while self._held:
            if not (piece := self._run()).frames:
                piece = self._conceal(min(self._held))
            pieces.append(piece)
        if end > self.next:
            pieces.append(self._conceal(end))
        return pieces

    def _run(self) -> Piece:
        frames = []
        while (frame := self._held.pop(self.next, None)) is not None:
            frames.append(frame)
            self.next += 1
        return Piece(tuple(frames))

    def _conceal(self, until: int) -> Piece:
        missing = until - self.next
        self.next = until
        self.lost += missing
        marked = min(missing, self._rules.conceal)
        return Piece((MISSING,) * marked, missing - marked)
