"""The lines of a queue as heaps: who is next, and whose hold is over. Pure (K-06).

An entry in a heap is left there when its ticket goes; it is passed over once its number isn't the ticket's present one.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from hub.lobby.queue.places import Place, Stage

_Entry = tuple[float, int, int, str]
"""Key, order, number of the entry, ticket."""


def line_of(counter: str) -> str:
    """The line of the tickets bound to a counter; no class and no counter has such a name."""
    return f"@{counter}"


class Lines:
    """A line a class and a line a counter; beside each, the softly held who are called when a counter is idle."""

    def __init__(self, classes: Iterable[str], counters: Iterable[str]) -> None:
        names = [*classes]
        self._passing: dict[str, list[tuple[int, int, str]]] = {name: [] for name in names}
        names += [line_of(counter) for counter in counters]
        self._lines: dict[str, list[_Entry]] = {name: [] for name in names}
        self._soft: dict[str, list[_Entry]] = {name: [] for name in names}
        self._timed: list[tuple[float, int, str]] = []
        self._entries: dict[str, int] = {}
        self._numbered = 0

    def put(self, place: Place) -> None:
        """Where calls find it, if it waits or is held in a class there is."""
        if place.stage not in {Stage.WAITING, Stage.HELD} or place.service not in self._passing:
            return
        self._numbered += 1
        number = self._entries[place.ticket] = self._numbered
        entry = (place.key, place.order, number, place.ticket)
        line = place.service if place.bound is None else line_of(place.bound)
        if line not in self._lines:
            line = place.service
        if place.hold is None:
            heappush(self._lines[line], entry)
            return
        if place.hold.soft:
            heappush(self._soft[line], entry)
        if place.hold.until is not None:
            heappush(self._timed, (place.hold.until, number, place.ticket))
        if place.hold.passes is not None:
            heappush(self._passing[place.service], (place.hold.passes, number, place.ticket))

    def drop(self, ticket: str) -> None:
        """It is in no line any more."""
        self._entries.pop(ticket, None)

    def first(self, names: tuple[str, ...]) -> str | None:
        """The ticket with the smallest key in these lines; where there is none, of those held softly there."""
        return _first(self._lines, names, self._entries) or _first(self._soft, names, self._entries)

    def due(self, now: float) -> Iterator[str]:
        """The tickets that were held until now or before."""
        while self._timed and self._timed[0][0] <= now:
            _, number, ticket = heappop(self._timed)
            if self._entries.get(ticket) == number:
                yield ticket

    def passed(self, service: str, calls: int) -> Iterator[str]:
        """The tickets of a class that have let enough others pass, now that it was called so often."""
        passing = self._passing.get(service, [])
        while passing and passing[0][0] <= calls:
            _, number, ticket = heappop(passing)
            if self._entries.get(ticket) == number:
                yield ticket


def _first(lines: dict[str, list[_Entry]], names: tuple[str, ...], entries: dict[str, int]) -> str | None:
    best: _Entry | None = None
    for name in names:
        heap = lines[name]
        while heap and entries.get(heap[0][3]) != heap[0][2]:
            heappop(heap)
        if heap and (best is None or heap[0] < best):
            best = heap[0]
    return None if best is None else best[3]
