"""Who is signed in: random cookies, kept in memory by their digests, that end when unused (K-06).

Until staff sign in by name, whoever knows the token that the hub printed is staff.
"""

import hashlib
import hmac
from collections.abc import Callable

from runtime.clock import Clock

IDLE_S = 12 * 3600.0
"""A session that nothing was asked in for so long has ended; an open page asks by its stream."""

OLDEST_S = 30 * 86400.0
SESSIONS_MOST = 500


class Sessions:
    """Cookies and the tokens of their forms. ``make``: an unguessable text each time."""

    def __init__(self, clock: Clock, make: Callable[[], str]) -> None:
        self._clock = clock
        self._make = make
        self._known: dict[str, tuple[float, float]] = {}

    def open(self) -> str:
        """A new session's cookie."""
        now = self._clock.monotonic()
        self._known = {name: times for name, times in self._known.items() if self._lives(times, now)}
        if len(self._known) >= SESSIONS_MOST:
            del self._known[min(self._known, key=lambda name: self._known[name][1])]
        cookie = self._make()
        self._known[_digest(cookie)] = (now, now)
        return cookie

    def alive(self, cookie: str) -> bool:
        """Whether it is one of ours that hasn't ended; it counts as used then."""
        name, now = _digest(cookie), self._clock.monotonic()
        times = self._known.get(name)
        if times is None or not self._lives(times, now):
            self._known.pop(name, None)
            return False
        self._known[name] = (times[0], now)
        return True

    def close(self, cookie: str) -> None:
        """End it."""
        self._known.pop(_digest(cookie), None)

    @staticmethod
    def form_token(cookie: str) -> str:
        """What a form of this session carries; whoever doesn't know the cookie can't make it."""
        return hmac.new(_bytes(cookie), b"form", hashlib.sha256).hexdigest()

    def is_form_token(self, cookie: str, given: str) -> bool:
        """Whether the form came from a page of this session."""
        return hmac.compare_digest(self.form_token(cookie).encode(), _bytes(given))

    @staticmethod
    def _lives(times: tuple[float, float], now: float) -> bool:
        opened, used = times
        return now - used < IDLE_S and now - opened < OLDEST_S


def _digest(cookie: str) -> str:
    return hashlib.sha256(_bytes(cookie)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # a header may hold bytes that are no text
