"""A scanner that types: told from a person by the time between its keys (spec K-01).

A keyboard wedge sends a code as key strokes a few milliseconds apart and ends it, as a rule, with Enter; no person
types six keys without a pause of 50 ms. A prefix, where the scanner is set to send one, leaves no doubt at all.
"""

from dataclasses import dataclass

from kiosk.core.secret import Secret

CAPACITY = 512


@dataclass(frozen=True, slots=True)
class WedgeRules:
    """``prefix`` and ``suffix``: one character each, or empty. ``gap_s``: the longest pause between keys of a scan.

    ``shortest``: fewer characters, however fast, are typing.
    """

    prefix: str = ""
    suffix: str = "\r"
    gap_s: float = 0.05
    shortest: int = 6


@dataclass(frozen=True, slots=True)
class Scanned:
    """A whole code. Whoever gets it wipes it."""

    content: Secret


@dataclass(frozen=True, slots=True)
class Typed:
    """A key that a person pressed."""

    character: str


@dataclass(frozen=True, slots=True)
class Partial:
    """A scan that broke off: thrown away."""

    count: int


Keyed = Scanned | Typed | Partial


class Wedge:
    """Sorts key strokes into scans and typing. Times are seconds of a clock that never goes back."""

    def __init__(self, rules: WedgeRules) -> None:
        self._rules = rules
        self._held = Secret(CAPACITY)
        self._inside = False
        self._last_s = float("-inf")
        self._spilt = 0
        self._ended_s = float("-inf")
        self.scanning = False
        """Whether the last key was a scanner's; of the first ones of a scan without a prefix nobody knows it yet."""

    @property
    def due_s(self) -> float | None:
        """When ``tick`` must be called at the latest; null while nothing is held."""
        return self._last_s + self._rules.gap_s if self._held or self._inside or self._spilt else None

    def key(self, character: str, at_s: float) -> list[Keyed]:
        """A key stroke, and what it settles."""
        found = self.tick(at_s)
        settled = self._stroke(character, at_s)
        held = len(self._held) + self._spilt
        # Nothing settled and nothing held: the line feed after a scan.
        self.scanning = any(not isinstance(one, Typed) for one in settled) or (
            not settled and (self._inside or held != 1)
        )
        return [*found, *settled]

    def _stroke(self, character: str, at_s: float) -> list[Keyed]:
        rules = self._rules
        if character in "\r\n":
            character = "\r" if rules.suffix == "\r" else character
            if character == rules.suffix and at_s - self._ended_s <= rules.gap_s:
                self._ended_s = at_s
                return []  # the line feed after a carriage return
        self._ended_s = float("-inf")
        if rules.prefix and not self._inside:
            if character != rules.prefix:
                return [Typed(character)]
            self._inside = True
            self._last_s = at_s
            return []
        self._last_s = at_s
        if rules.suffix and character == rules.suffix:
            return self._end(at_s)
        if not self._held and not self._inside and not _is_code(character):
            return [Typed(character)]
        if not _is_code(character) or not self._held.add(ord(character)):
            self._spilt += 1
        return []

    def tick(self, at_s: float) -> list[Keyed]:
        """Settle what is held if its time is over."""
        due = self.due_s
        if due is None or at_s <= due:
            return []
        if not self._rules.suffix and self._whole():
            return self._end(at_s)
        if self._inside or self._spilt or len(self._held) >= self._rules.shortest:
            return [self._lose()]
        return self._release()

    def forget(self) -> None:
        """Throw away what is held, as between customers."""
        self._held.wipe()
        self._inside = False
        self._spilt = 0

    def _whole(self) -> bool:
        return not self._spilt and len(self._held) >= (1 if self._rules.prefix else self._rules.shortest)

    def _end(self, at_s: float) -> list[Keyed]:
        if self._whole():
            self._ended_s = at_s
            content = Secret.of(self._held.view())
            self.forget()
            return [Scanned(content)]
        if self._inside or self._spilt:
            return [self._lose()]
        return [*self._release(), Typed(self._rules.suffix)]

    def _lose(self) -> Partial:
        count = len(self._held) + self._spilt
        self.forget()
        return Partial(count)

    def _release(self) -> list[Keyed]:
        typed: list[Keyed] = [Typed(chr(code)) for code in self._held.view()]
        self.forget()
        return typed


def _is_code(character: str) -> bool:
    return len(character) == 1 and ord(character) < 256
