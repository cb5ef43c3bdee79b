"""Microphones that are no device: a recording, a stream of raw samples, silence."""

from __future__ import annotations

import itertools
import os
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime.audio.port import Sink
from runtime.audio.pumping import Halt, Pump
from runtime.speech.errors import MicrophoneLost
from runtime.speech.memory import wipe
from runtime.speech.port import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE

LOOK_S = 0.2
"""How often a stream that says nothing looks whether it is to stop."""


class WavMicrophone:
    """A recording of any rate, channels and kind that FFmpeg reads (through PyAV), as if it were said now.

    ``real_time``: at the pace of a clock, then silence without end, so that the last pause is heard; else as fast as it
    is taken, then ``ended``.
    """

    def __init__(self, path: Path, *, real_time: bool = True) -> None:
        self._path = path
        self._real_time = real_time
        self._pump = Pump("recording", self._blocks, real_time=real_time)

    @property
    def name(self) -> str:
        """The file."""
        return f"wav:{self._path}"

    @property
    def steady(self) -> bool:
        """In real time, yes."""
        return self._real_time

    def present(self) -> bool:
        """Whether the file is there."""
        return self._path.is_file()

    def open(self, sink: Sink) -> None:
        """From the beginning."""
        if not self.present():
            raise MicrophoneLost(f"{self._path}: there is no such recording; give an existing audio file")
        self._pump.open(sink)

    def close(self) -> None:
        """Stop."""
        self._pump.close()

    def _blocks(self, halt: Halt) -> Iterator[bytearray]:
        yield from samples_of(self._path)
        if self._real_time:
            yield from _silence(halt)


class SilentMicrophone:
    """Nobody says anything, in real time: for agents without a microphone that are to go through a talk."""

    def __init__(self) -> None:
        self._pump = Pump("silence", _silence, real_time=True)

    @property
    def name(self) -> str:
        """``silence``."""
        return "silence"

    @property
    def steady(self) -> bool:
        """Yes."""
        return True

    def present(self) -> bool:
        """Always."""
        return True

    def open(self, sink: Sink) -> None:
        """Begin."""
        self._pump.open(sink)

    def close(self) -> None:
        """Stop."""
        self._pump.close()


class RawStreamMicrophone:
    """16 kHz mono s16le from a file descriptor or from one client at a time of a port on 127.0.0.1, in any pieces.

    A client may go and another come; a descriptor at its end is ``ended``. ``port`` 0 takes a free one, see ``port``.
    """

    def __init__(self, *, descriptor: int | None = None, port: int | None = None) -> None:
        if (descriptor is None) == (port is None):
            raise ValueError("give either a descriptor or a port")
        self._descriptor = descriptor
        self._server = socket.create_server(("127.0.0.1", port)) if port is not None else None
        self._pump = Pump("stream", self._blocks, real_time=False)

    @property
    def port(self) -> int:
        """The port that is listened on; 0 for a descriptor."""
        return int(self._server.getsockname()[1]) if self._server is not None else 0

    @property
    def name(self) -> str:
        """``tcp:PORT`` or ``fd:NUMBER``."""
        return f"tcp:{self.port}" if self._server is not None else f"fd:{self._descriptor}"

    @property
    def steady(self) -> bool:
        """No: who sends may rest."""
        return False

    def present(self) -> bool:
        """Always: whether somebody sends is not known before."""
        return True

    def open(self, sink: Sink) -> None:
        """Take what comes from now on."""
        self._pump.open(sink)

    def close(self) -> None:
        """Take no more; the port stays reserved until ``shut``."""
        self._pump.close()

    def shut(self) -> None:
        """Close, and give the port back."""
        self.close()
        if self._server is not None:
            self._server.close()

    def _blocks(self, halt: Halt) -> Iterator[bytearray]:
        if self._descriptor is not None:
            descriptor = self._descriptor
            yield from _stream(halt, descriptor, lambda buffer: os.readv(descriptor, [buffer]))
            return
        assert self._server is not None
        while not halt.stopped:
            if not select.select([self._server], [], [], LOOK_S)[0]:
                continue
            client, _ = self._server.accept()
            with client:
                yield from _stream(halt, client.fileno(), client.recv_into)


def _stream(halt: Halt, descriptor: int, read_into: Callable[[memoryview], int]) -> Iterator[bytearray]:
    """Whole samples from pieces of any size; an odd byte waits for its other half."""
    buffer = bytearray(8 * FRAME_BYTES)
    view = memoryview(buffer)
    kept = 0
    try:
        while not halt.stopped:
            if not select.select([descriptor], [], [], LOOK_S)[0]:
                continue
            try:
                count = read_into(view[kept:])
            except OSError as error:
                raise MicrophoneLost(f"fd {descriptor}: {error.strerror}; start the sender again") from error
            if count == 0:
                return
            whole = kept + count - (kept + count) % SAMPLE_BYTES
            odd = buffer[whole : kept + count]
            if whole:
                yield bytearray(view[:whole])
            kept = len(odd)
            view[:kept] = odd
            view[kept:] = bytes(len(view) - kept)
    finally:
        wipe(buffer)


def _silence(halt: Halt) -> Iterator[bytearray]:
    block = bytearray(FRAME_BYTES)
    while not halt.stopped:
        yield block


def samples_of(path: Path, block_bytes: int = FRAME_BYTES) -> Iterator[bytearray]:
    """A recording as 16 kHz mono s16le in blocks of one buffer, the last shorter; raises ``MicrophoneLost``."""
    import av
    from av.error import FFmpegError

    block = bytearray(block_bytes)
    filled = 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise MicrophoneLost(f"{path}: has no sound; give an audio file")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            # A last call with nothing gives what the resampler still holds.
            for frame in itertools.chain(container.decode(audio=0), [None]):
                for part in resampler.resample(frame):
                    rest = memoryview(part.planes[0]).cast("B")[: part.samples * SAMPLE_BYTES]
                    while len(rest):
                        take = min(len(rest), block_bytes - filled)
                        block[filled : filled + take] = rest[:take]
                        filled += take
                        rest = rest[take:]
                        if filled == block_bytes:
                            yield block
                            filled = 0
    except (FFmpegError, OSError) as error:
        raise MicrophoneLost(f"{path}: can't be read as audio: {error}; give a WAV, FLAC, OGG or MP3 file") from error
    else:
        if filled:
            yield block[:filled]
    finally:
        wipe(block)
