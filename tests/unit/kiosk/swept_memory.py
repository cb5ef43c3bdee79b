"""``python -m tests.unit.kiosk.swept_memory LENGTH``: how many dead texts can be read before a sweep, and after it.

In a process of its own: in one that has run a thousand tests the C library keeps more free memory than a sweep fills.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from kiosk.scrubbing import sweep

MANY = 300
END = 8
HEAD = "".__sizeof__() - 1


def dead_texts(length: int) -> list[int]:
    """Where many texts were that have died, all with the same end."""
    texts = [
        f"{number:03d}".ljust(length - END, "-") + "".join(map(chr, range(97, 97 + END))) for number in range(MANY)
    ]
    return [id(text) for text in texts]


def still_there(places: list[int], length: int) -> int:
    """How many of them can still be read; memory that was given back can't be."""
    end, found = bytes(range(97, 97 + END)), 0
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for place in places:
            try:
                found += os.pread(memory.fileno(), END, place + HEAD + length - END) == end
            except OSError:
                continue
    return found


def main() -> None:
    """Print both numbers."""
    length = int(sys.argv[1])
    places = dead_texts(length)
    before = still_there(places, length)
    asyncio.run(sweep())
    print(before, still_there(places, length))


if __name__ == "__main__":
    main()
