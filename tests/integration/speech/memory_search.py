"""Looks for audio in another process's memory and in files, in every form that it may have taken there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CHUNK = 32 << 20
CONFIRM_BYTES = 64
LOUD = 0.02
_WORD = 8

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Form:
    """The audio as it would lie in memory. ``words``: its 8-byte pieces, sorted; ``places``: where each begins in
    ``content``."""

    name: str
    content: bytes
    words: npt.NDArray[np.uint64]
    places: npt.NDArray[np.int64]


def forms(samples: npt.NDArray[np.int16]) -> list[Form]:
    """As 16 bit; as 32 bit floats of the same values, and of values up to 1."""
    found = [_form("s16", samples)]
    for divisor in (1, 32_767, 32_768):
        found.append(_form(f"f32/{divisor}", (samples / np.float64(divisor)).astype(np.float32)))
    return found


def _form(name: str, values: npt.NDArray[np.int16] | npt.NDArray[np.float32]) -> Form:
    content = values.tobytes()
    step = values.dtype.itemsize
    # Pieces of silence are everywhere: only loud ones, which could be nothing else, are looked for.
    size = np.abs(values)
    loud: npt.NDArray[np.bool_] = np.asarray(size > LOUD * size.max())
    many = _WORD // step
    last = len(values) - CONFIRM_BYTES // step
    starts = np.logical_and.reduce([loud[at : at + last] for at in range(many)])
    places = np.flatnonzero(starts) * step
    raw = np.frombuffer(content, np.uint8)
    words = np.lib.stride_tricks.sliding_window_view(raw, _WORD)[places].copy().view("<u8").ravel()
    order = np.argsort(words, kind="stable")
    return Form(name, content, words[order], places[order])


def sieve(wanted: list[Form]) -> npt.NDArray[np.bool_]:
    """By the lowest 24 bits of a piece, whether any form has such a one."""
    table = np.zeros(1 << 24, dtype=np.bool_)
    for form in wanted:
        table[form.words & np.uint64(0xFFFFFF)] = True
    return table


def matches(content: Bytes, wanted: list[Form], table: npt.NDArray[np.bool_]) -> dict[str, list[int]]:
    """Which places of the audio lie in ``content``, aligned at 8 bytes, for ``CONFIRM_BYTES`` at least, by form."""
    found: dict[str, list[int]] = {}
    whole = content[: len(content) // _WORD * _WORD].view("<u8")
    low = content[: len(whole) * _WORD].view("<u4")[::2] & np.uint32(0xFFFFFF)
    candidates = np.flatnonzero(table.take(low))
    values = whole[candidates]
    for form in wanted:
        first = np.searchsorted(form.words, values, side="left")
        last = np.searchsorted(form.words, values, side="right")
        for at in np.flatnonzero(first < last):
            begin = int(candidates[at]) * _WORD
            piece = content[begin : begin + CONFIRM_BYTES].tobytes()
            same = (int(place) for place in form.places[first[at] : last[at]])
            place = next((place for place in same if form.content[place : place + CONFIRM_BYTES] == piece), None)
            if place is not None:
                found.setdefault(form.name, []).append(place)
    return found


def memory_of(pid: int) -> Iterator[Bytes]:
    """What a process can write to, in pieces; the parent may read it (proc(5), ptrace access mode attach)."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in lines:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
            if found is None or "w" not in found[3] or "r" not in found[3] or found[4].startswith("[v"):
                continue
            begin, end = int(found[1], 16), int(found[2], 16)
            while begin < end:
                size = min(CHUNK, end - begin)
                memory.seek(begin)
                try:
                    content = memory.read(size)
                except OSError:
                    break
                yield np.frombuffer(content, np.uint8)
                begin += size
