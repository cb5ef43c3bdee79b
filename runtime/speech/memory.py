"""Freed memory is overwritten and goes back to the system, so that audio does not outlive its use in it (W-10).

Libraries copy audio into memory of their own and free it as it is. What lies in whole pages goes back to the system;
the pieces between what is still used are taken, zeroed and freed once more.
"""

import ctypes
import functools
from collections.abc import Iterable

_SIZES = (32, 64, 128, 256, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096, 8_192, 16_384, 32_768, 65_536, 122_880)
_EACH = 300
"""80 MB in all: the free pieces of a recogniser's arena, and what its thread keeps at hand. Pieces of half a page and
less are what lies beside memory in use, and only the largest fill the gaps between them up to their ends."""


class _Allocator:
    """The C library's; glibc's ``malloc_trim`` gives back every whole page that is free, also in the middle."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self.malloc = library.malloc
        self.malloc.restype, self.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
        self.free = library.free
        self.free.restype, self.free.argtypes = None, (ctypes.c_void_p,)
        self.trim = library.malloc_trim
        self.trim.restype, self.trim.argtypes = ctypes.c_int, (ctypes.c_size_t,)

    def overwrite(self, wanted: Iterable[tuple[int, int]]) -> None:
        """Take so many pieces of each size, zero them and free them."""
        taken = []
        for size, pieces in wanted:
            for _ in range(pieces):
                if address := self.malloc(size):
                    ctypes.memset(address, 0, size)
                    taken.append(address)
        for address in taken:
            self.free(address)


@functools.cache
def _allocator() -> _Allocator | None:
    try:
        return _Allocator()
    except (OSError, AttributeError):
        return None


def give_back() -> bool:
    """Overwrite the small pieces of free memory of this thread's arena and let the system have the rest.

    To be called in the thread that used the memory; takes some ten milliseconds. False where the C library has no way.
    """
    allocator = _allocator()
    if allocator is None:
        return False
    allocator.trim(0)
    allocator.overwrite((size, _EACH) for size in _SIZES)
    allocator.trim(0)
    return True


def overwrite_freed(size: int, pieces: int = 4) -> None:
    """Zero what was freed just now in this thread, where its size is known: the next pieces of that size are the same.

    Microseconds; does nothing where the C library is unknown.
    """
    allocator = _allocator()
    if allocator is not None:
        allocator.overwrite([(size, pieces)])


def wipe(buffer: bytearray | memoryview) -> None:
    """Zero a buffer in place."""
    buffer[:] = bytes(len(buffer))
