"""Overwrites what a customer left in memory that is free again (K-13).

Python's texts can't be overwritten while they live, and what they leave behind when they die stays there until
something else is put in its place. So after each customer something is: for every size of small block that CPython's
allocator knows (``Objects/obmalloc.c``: 16 to 512 bytes, in pools of 16 KiB) as many blocks as are free are taken,
filled with zeros and given back; the same for larger ones of the C library's, which then returns whole free pages to
the system. What can't be reached so is said in docs/guide/kiosk-lockdown.md.
"""

import asyncio
import ctypes
import gc
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

log = logging.getLogger(__name__)

SETTLES_S = 2.0
"""So long after a customer has gone: by then the next page is drawn, and no finger's ring is on it any more."""

HEAD = 33
"""Bytes of a ``bytes`` object beside its content."""

SMALL = range(48, 513, 16)
"""Sizes of blocks; no text and no ``bytes`` of more than a character fits into a smaller one."""

LARGE = range(528, 1041, 16)
"""Sizes that the C library keeps apart from each other; a customer's texts aren't longer."""

VOLUME = 6 << 20
"""Bytes that are filled of each small size: several times what a kiosk was seen to have free of one, and of the largest
size enough to take every pool that has no size just now."""

LARGE_VOLUME = 512 << 10
SLICE = 8192
"""Blocks in a piece of work."""


def sweeps() -> Iterator[Callable[[], None]]:
    """The work in pieces of a few milliseconds each."""
    yield _collect
    for sizes, volume in ((SMALL, VOLUME), (LARGE, LARGE_VOLUME)):
        for size in sizes:
            blocks: list[bytes | bytearray] = []
            for start in range(0, volume // size, SLICE):
                yield partial(_fill, blocks, size - HEAD, min(SLICE, volume // size - start))
            yield blocks.clear
    yield _give_back


def _fill(blocks: list[bytes | bytearray], length: int, count: int) -> None:
    """Take so many more blocks, all zeros, beside those that are held already.

    A large ``bytes`` comes from calloc(3), which passes over what the C library keeps for each thread; the content of a
    ``bytearray`` comes from malloc(3).
    """
    made = bytes if length < SMALL.stop - HEAD else bytearray
    blocks += [made(length) for _ in range(count)]


def _collect() -> None:
    """Free what holds itself, such as the parts of pages that have gone."""
    gc.collect()


def _give_back() -> None:
    """Return free pages to the system (malloc_trim(3)); it gives them out again as zeros."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def sweep() -> None:
    """All of it, with the loop going on between."""
    for piece in sweeps():
        piece()
        await asyncio.sleep(0)


class Sweeper:
    """Sweeps after each customer, as long as it runs."""

    def __init__(self, settles_s: float = SETTLES_S, work: Callable[[], Awaitable[None]] = sweep) -> None:
        self._settles_s = settles_s
        self._work = work
        self._wanted = asyncio.Event()

    def soon(self) -> None:
        """A customer has gone."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._settles_s)
            self._wanted.clear()
            await self._work()
            log.debug("memory_swept")
