"""The ring between two threads: nothing doubled, nothing lost but what is counted, nothing left behind (W-10)."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.speech.port import FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE
from runtime.speech.ring import Ring

pytestmark = pytest.mark.req("W-10")


def numbered(start: int, samples: int) -> bytearray:
    return bytearray(b"".join((at % 30_000 + 1).to_bytes(2, "little") for at in range(start, start + samples)))


@given(st.lists(st.integers(0, 3_000), max_size=30), st.lists(st.booleans(), max_size=30))
def test_what_is_read_is_what_was_written_in_order(sizes: list[int], reads: list[bool]) -> None:
    ring = Ring(0.5, lambda: 0.0)
    frame = bytearray(FRAME_BYTES)
    written = bytearray()
    read = bytearray()
    for at, size in enumerate(sizes):
        lost = ring.lost_samples
        piece = numbered(len(written) // 2, size)
        ring.write(piece)
        written += piece[: 2 * (size - (ring.lost_samples - lost))]
        if at < len(reads) and reads[at]:
            while ring.read_into(frame, 0.0):
                read += frame
    while ring.read_into(frame, 0.0):
        read += frame
    assert read == written[: len(written) // FRAME_BYTES * FRAME_BYTES]
    assert ring.waiting_frames == 0


def test_what_does_not_fit_is_counted_and_what_was_read_is_zeroed() -> None:
    ring = Ring(0.064, lambda: 0.0)
    ring.write(numbered(0, 3 * FRAME_SAMPLES))
    assert ring.lost_samples == FRAME_SAMPLES
    frame = bytearray(FRAME_BYTES)
    assert ring.read_into(frame, 0.0)
    assert ring.read_into(frame, 0.0)
    assert not ring.read_into(frame, 0.0)
    assert not any(ring._store)


def test_discarding_zeroes_up_to_a_place_and_clearing_all() -> None:
    ring = Ring(1.0, lambda: 0.0)
    ring.write(numbered(0, 700))
    until = ring.written
    ring.write(numbered(700, FRAME_SAMPLES))
    ring.discard(until)
    frame = bytearray(FRAME_BYTES)
    assert ring.read_into(frame, 0.0)
    assert frame == numbered(700, FRAME_SAMPLES)
    ring.write(numbered(0, 100))
    ring.clear()
    assert not any(ring._store)
    assert not ring.read_into(frame, 0.0)


def test_a_sample_came_when_its_block_did_less_what_followed_it() -> None:
    now = [100.0]
    ring = Ring(2.0, lambda: now[0])
    ring.write(bytearray(2 * SAMPLE_RATE))
    assert ring.arrival(SAMPLE_RATE) == 100.0
    assert ring.arrival(SAMPLE_RATE // 2) == 99.5


def test_a_writer_and_a_reader_at_once_lose_nothing() -> None:
    ring = Ring(30.0, lambda: 0.0)
    count = 200 * FRAME_SAMPLES
    whole = numbered(0, count)
    read = bytearray()

    def write() -> None:
        for at in range(0, len(whole), 244):
            ring.write(whole[at : at + 244])

    writer = threading.Thread(target=write)
    writer.start()
    frame = bytearray(FRAME_BYTES)
    while len(read) < len(whole):
        assert ring.read_into(frame, 10.0)
        read += frame
    writer.join()
    assert read == whole
    assert ring.lost_samples == 0
