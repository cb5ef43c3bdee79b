"""A recognising process: streams of Opus frames from stdin, their texts to stdout, one thread a stream.

Started by the hub, one for each of the pool's workers. It opens no file but the engines' models and writes none.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import BinaryIO

from contracts.audio import FRAME_MS
from hub.errors import HubError
from hub.hearing import wire
from hub.hearing.opus import OpusDecoder
from runtime.errors import UsherRuntimeError
from runtime.logs import start_logging
from runtime.speech.following import Follower, Partial, Utterance
from runtime.speech.memory import give_back, wipe
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES, Engine, VoiceActivity

log = logging.getLogger(__name__)

NICENESS = 5
"""Tickets come first."""

BEHIND = 5
"""When so many messages wait, half a second of audio, a stream does without its words so far."""

Say = Callable[[wire.FromWorker], None]


class StreamThread:
    """One stream: decodes, finds the pauses, recognises."""

    def __init__(self, number: int, language: str, engine: Engine, activity: Callable[[], VoiceActivity], say: Say):
        self._number = number
        self._language = language
        self._engine = engine
        self._activity = activity
        self._say = say
        self._told: queue.SimpleQueue[wire.Feed | wire.Finish | None] = queue.SimpleQueue()
        self._dropped = threading.Event()
        self._rest = bytearray()
        self._passed_s = 0.0
        self._partial = ""
        self._thread = threading.Thread(target=self._run, name=f"stream {number}", daemon=True)
        self._thread.start()

    def tell(self, message: wire.Feed | wire.Finish) -> None:
        """The next thing to do."""
        self._told.put(message)

    def drop(self) -> None:
        """Forget it all."""
        self._dropped.set()
        self._told.put(None)

    def _run(self) -> None:
        fault = ""
        try:
            self._follow()
        except (UsherRuntimeError, HubError) as error:
            fault = str(error)
        except Exception as error:  # whatever an engine does, the streams beside this one go on
            log.exception("stream_failed number=%d", self._number)
            fault = f"a fault of the recogniser: {type(error).__name__}"
        if not self._dropped.is_set():
            self._say(wire.Over(self._number, fault[:200]))

    def _follow(self) -> None:
        recogniser = self._engine.recogniser(self._language)
        try:
            self._follower = Follower(recogniser, self._activity(), PauseSettings())
            decoder = OpusDecoder()
            while not self._dropped.is_set() and (message := self._told.get()) is not None:
                if isinstance(message, wire.Finish):
                    self._tell(self._follower.finish())
                    return
                for frame in message.frames:
                    for pcm in decoder.decode(frame):
                        self._listen(pcm)
                    if self._dropped.is_set():
                        return
                if message.skipped:
                    self._tell(self._follower.finish())
                    self._passed_s += message.skipped * FRAME_MS / 1000
                self._say(wire.Taken(self._number, len(message.frames)))
        finally:
            recogniser.close()
            wipe(self._rest)
            give_back()

    def _listen(self, pcm: bytearray) -> None:
        """Take samples in the follower's frames, and zero them."""
        self._rest += pcm
        wipe(pcm)
        while len(self._rest) >= FRAME_BYTES:
            frame = self._rest[:FRAME_BYTES]
            self._tell(self._follower.take(frame, behind=self._told.qsize() > BEHIND))
            wipe(frame)
            self._rest[:FRAME_BYTES] = frame
            del self._rest[:FRAME_BYTES]

    def _tell(self, event: Partial | Utterance | None) -> None:
        match event:
            case None:
                return
            case Partial():
                self._partial = event.text
                self._say(wire.Part(self._number, event.text))
            case Utterance(transcript=said) if said.text:
                words = tuple(wire.Word(word.text, word.confidence) for word in said.words)
                end_s = event.end_s + self._passed_s
                self._partial = ""
                self._say(wire.Said(self._number, said.text, said.engine, end_s, words))
            case Utterance():
                if self._partial:
                    self._partial = ""
                    self._say(wire.Part(self._number, ""))


def serve(
    engines: Mapping[str, Engine], activity: Callable[[], VoiceActivity], source: BinaryIO, sink: BinaryIO
) -> None:
    """Recognise what comes from ``source`` until it ends; ``engines`` by language."""
    lock = threading.Lock()

    def say(message: wire.FromWorker) -> None:
        with lock:
            sink.write(wire.framed(message))
            sink.flush()

    say(wire.Ready({language: engine.name for language, engine in engines.items()}))
    streams: dict[int, StreamThread] = {}
    while (content := wire.read_frame(source)) is not None:
        message: wire.ToWorker = wire.to_worker.decode(content)
        match message:
            case wire.Begin():
                engine = engines.get(message.language)
                if engine is None:
                    say(wire.Over(message.stream, f"nothing recognises {message.language} here"))
                else:
                    streams[message.stream] = StreamThread(message.stream, message.language, engine, activity, say)
            case wire.Feed():
                if (stream := streams.get(message.stream)) is not None:
                    stream.tell(message)
            case wire.Finish():
                if (stream := streams.pop(message.stream, None)) is not None:
                    stream.tell(message)
            case wire.Drop():
                if (stream := streams.pop(message.stream, None)) is not None:
                    stream.drop()


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """This process's stdin and stdout for messages only: what a library prints goes to stderr."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, sink


def main(activity: Callable[[], VoiceActivity] | None = None) -> int:
    """Load the engines, then recognise until stdin ends; ``activity`` null: Silero."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--languages", required=True)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--wyoming", default="")
    parser.add_argument("--reach", default="loopback")
    wanted = parser.parse_args()
    start_logging("info")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    source, sink = pipes()
    # Here, because a process with other engines than these need not load them.
    from hub.hearing.engines import engines_for
    from runtime.speech.silero import SileroActivity

    engines = engines_for(wanted.languages.split(","), wanted.engine, wanted.wyoming, wanted.reach)
    serve(engines, activity or SileroActivity, source, sink)
    return 0


if __name__ == "__main__":
    sys.exit(main())
