"""Who is recognised when not everybody can be: seats, a queue, and fairness between branches. Pure.

A free seat goes to the branch that has the fewest, and within it to who has waited longest. A branch that has at least
two more than a waiting one gives up its newest: so seats are shared max-min fairly, and none is empty while one waits.
Source: D. Bertsekas, R. Gallager, "Data Networks", 2nd ed., 6.5.2 (max-min fairness).
"""

from collections import Counter
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Seats(Generic[Key]):
    """Seats by key; ``seats`` may change at any time, ``most_a_branch`` 0 means no limit of its own."""

    def __init__(self, *, most_a_branch: int = 0, queue_most: int = 0) -> None:
        self.seats = 0
        self._most_a_branch = most_a_branch
        self._queue_most = queue_most
        self._seated: dict[Key, str] = {}
        self._leaving: set[Key] = set()
        self._waiting: dict[Key, str] = {}

    @property
    def seated(self) -> int:
        """How many have a seat, those that are about to leave too."""
        return len(self._seated)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self, key: Key, branch: str) -> Key | None:
        """Wait for a seat. Where there is no room to wait, the newest of the branch that waits most is turned away.

        Returns who that is; null for nobody.
        """
        self._waiting[key] = branch
        if len(self._waiting) <= self._queue_most or self._chosen() == key:
            return None
        wait = Counter(self._waiting.values())
        most = max(wait.values())
        longest = branch if wait[branch] == most else next(name for name, many in wait.items() if many == most)
        turned_away = [other for other, of in self._waiting.items() if of == longest][-1]
        del self._waiting[turned_away]
        return turned_away

    def leave(self, key: Key) -> None:
        """Give up the seat, or the place in the queue; having neither is fine."""
        self._seated.pop(key, None)
        self._leaving.discard(key)
        self._waiting.pop(key, None)

    def seat_next(self) -> Key | None:
        """Give a free seat to whose turn it is; null when none is free or nobody may have it."""
        chosen = self._chosen()
        if chosen is not None:
            self._seated[chosen] = self._waiting.pop(chosen)
        return chosen

    def give_way(self) -> Key | None:
        """Who has to leave, so that a branch gets its share; it keeps the seat until it left. Null for nobody."""
        if self.seated - len(self._leaving) < self.seats or self._chosen() is not None:
            return None
        has = self._has()
        poorest = min((has[branch] for branch in self._claims(has)), default=None)
        richest = max(has.values(), default=0)
        if poorest is None or richest < poorest + 2:
            return None
        newest = [key for key, branch in self._seated.items() if has[branch] == richest and key not in self._leaving][
            -1
        ]
        self._leaving.add(newest)
        return newest

    def _chosen(self) -> Key | None:
        if self.seated >= self.seats:
            return None
        has = self._has()
        claims = self._claims(has)
        poorest = min((has[branch] for branch in claims), default=0)
        return next((key for key, branch in self._waiting.items() if branch in claims and has[branch] == poorest), None)

    def _has(self) -> Counter[str]:
        return Counter(branch for key, branch in self._seated.items() if key not in self._leaving)

    def _claims(self, has: Counter[str]) -> set[str]:
        """Branches that wait and may have one more."""
        most = self._most_a_branch
        return {branch for branch in self._waiting.values() if not most or has[branch] < most}
