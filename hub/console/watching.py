"""What watchers of a branch see: looked up once a change for all of them, rendered once for all who see the same.

A slow watcher misses what came between; what it gets next is whole, so that nothing piles up and nothing is lost.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from contextlib import aclosing

from hub.lobby import Board, Counters, Following, Glance, PhoneKey

log = logging.getLogger(__name__)

AT_LEAST_S = 10.0
"""So often everything is looked up although nothing has happened: people have waited longer."""

REST_S = 0.5
"""So long after one the next estimates are begun: they take a core, and nobody reads faster."""


PHONES_AFTER_S = 0.03


class Sight:
    """A branch's lobby at a moment, and the frames that were rendered of it."""

    def __init__(self, glance: Glance) -> None:
        self.board: Board = glance.board
        self.phones: Mapping[PhoneKey, Following] = glance.phones
        self._frames: dict[Hashable, bytes] = {}

    def frame(self, key: Hashable, render: Callable[["Sight"], bytes]) -> bytes:
        """What ``render`` makes of it, made once for each key."""
        made = self._frames.get(key)
        if made is None:
            made = self._frames[key] = render(self)
        return made


class _Channel:
    """One branch that somebody watches."""

    def __init__(self, counters: Counters, branch: str) -> None:
        self._counters = counters
        self._branch = branch
        self._stale = asyncio.Event()
        self.sight: Sight | None = None
        self.over = False
        self.watchers: dict[asyncio.Event, bool] = {}
        self.phones: Counter[PhoneKey] = Counter()
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look())
                group.create_task(self._estimate())
        except* Exception:  # whatever it was: who watches is told by the end of the stream, and asks again
            log.exception("watching_failed branch=%s", self._branch)
        finally:
            self.over = True
            self._wake()

    async def _look(self) -> None:
        async with aclosing(self._counters.feed.changes(self._branch, at_least_s=AT_LEAST_S)) as changes:
            async for _ in changes:
                await self._show()
                self._stale.set()

    async def _estimate(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            day = await self._counters.today(self._branch)
            if day is None:
                return
            await self._counters.feed.estimates(day)
            await self._show()
            await asyncio.sleep(REST_S)

    async def _show(self) -> None:
        glance = await self._counters.glance(self._branch, tuple(self.phones))
        if glance is not None:
            self.sight = Sight(glance)
            self._wake()

    def _wake(self) -> None:
        """The pages for staff and the hall first: phones are many, and each has a frame of its own."""
        for watcher, is_phone in self.watchers.items():
            if not is_phone:
                watcher.set()
        asyncio.get_running_loop().call_later(PHONES_AFTER_S, self._wake_phones)

    def _wake_phones(self) -> None:
        for watcher, is_phone in self.watchers.items():
            if is_phone:
                watcher.set()


class Watching:
    """All branches that are watched."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._channels: dict[str, _Channel] = {}
        self._ending: set[asyncio.Future[None]] = set()

    async def sights(self, branch: str, phone: PhoneKey | None = None) -> AsyncGenerator[Sight, None]:
        """The newest sight of a branch at once and after each change; with ``phone`` only those that know of it.

        Ends when the hub fails to look.
        """
        channel = self._channels.get(branch)
        if channel is None or channel.over:
            channel = self._channels[branch] = _Channel(self._counters, branch)
        changed = asyncio.Event()
        channel.watchers[changed] = phone is not None
        if phone is not None:
            channel.phones[phone] += 1
        seen = None
        try:
            if phone is not None or channel.sight is None:
                glance = await self._counters.glance(branch, () if phone is None else (phone,))
                if glance is None:
                    return
                yield Sight(glance)
            while not channel.over:
                sight = channel.sight
                if sight is not None and sight is not seen and (phone is None or phone in sight.phones):
                    seen = sight
                    yield sight
                    continue
                changed.clear()
                if channel.sight is sight and not channel.over:
                    await changed.wait()
        finally:
            self._leave(branch, channel, changed, phone)

    async def close(self) -> None:
        """End all watching."""
        tasks = [*(channel.task for channel in self._channels.values()), *self._ending]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._channels.clear()

    def _leave(self, branch: str, channel: _Channel, changed: asyncio.Event, phone: PhoneKey | None) -> None:
        channel.watchers.pop(changed, None)
        if phone is not None:
            channel.phones[phone] -= 1
            if channel.phones[phone] <= 0:
                del channel.phones[phone]
        if not channel.watchers:
            channel.task.cancel()
            self._ending.add(channel.task)
            channel.task.add_done_callback(self._ending.discard)
            if self._channels.get(branch) is channel:
                del self._channels[branch]
