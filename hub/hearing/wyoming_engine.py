"""An existing speech server as an engine, by the Wyoming protocol: transcribe, audio, transcript (W-11).

Source: https://github.com/OHF-Voice/wyoming. The pauses are found here; the server gets one utterance a connection. It
is told no product names, and its text is taken as it is; it says no confidences, so a text has no words.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from wyoming.asr import Transcribe
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.event import Event, read_event, write_event

from hub.hearing.wyoming_address import wyoming_address
from runtime.speech.errors import EngineFailed, LanguageUnknown
from runtime.speech.port import SAMPLE_BYTES, SAMPLE_RATE, Pcm, Recogniser, Transcript

NAME = "wyoming"
CONNECT_S = 3.0
ANSWER_S = 20.0
_OTHER_EVENTS_MOST = 1000


def _audio(kind: str, audio: bytes | None = None) -> Event:
    """An event of ``wyoming.audio``, whose module loads a deprecated one of the standard library."""
    return Event(kind, {"rate": SAMPLE_RATE, "width": SAMPLE_BYTES, "channels": 1}, audio)


class WyomingEngine:
    """A :class:`runtime.speech.port.Engine` elsewhere."""

    def __init__(self, url: str, reach: str, languages: Sequence[str]) -> None:
        """``languages``: those that the server is trusted to know. Raises ``HubError`` for a bad address."""
        self._address = wyoming_address(url, reach)
        self._url = url
        self._languages = tuple(languages)

    @property
    def name(self) -> str:
        return NAME

    @property
    def languages(self) -> Sequence[str]:
        return self._languages

    def warm(self) -> None:
        """Nothing is loaded here; the server may come later."""

    def recogniser(self, language: str) -> Recogniser:
        """A new stream; no connection before there is speech."""
        if language not in self._languages:
            raise LanguageUnknown(f"{self._url}: {language} is not among {', '.join(self._languages)}")
        return WyomingRecogniser(self._address, self._url, language)


class WyomingRecogniser:
    """A :class:`runtime.speech.port.Recogniser` over one connection an utterance."""

    def __init__(self, address: tuple[str, int], url: str, language: str) -> None:
        self._address = address
        self._url = url
        self._language = language
        self._connection: socket.socket | None = None

    def feed(self, pcm: Pcm) -> None:
        connection = self._connection or self._connect()
        # The protocol's library takes bytes only: this copy can't be zeroed.
        self._send(connection, _audio("audio-chunk", bytes(pcm)))

    def partial(self) -> str:
        return ""

    def prepare(self) -> None:
        """The server begins when it likes."""

    def finish(self, silence_s: float = 0.0) -> Transcript:
        del silence_s
        connection = self._connection
        if connection is None:
            return Transcript(text="", language=self._language, engine=NAME)
        try:
            self._send(connection, Event("audio-stop"))
            return Transcript(text=self._answer(connection), language=self._language, engine=NAME)
        finally:
            self.forget()

    def forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        self.forget()

    def _connect(self) -> socket.socket:
        try:
            connection = socket.create_connection(self._address, timeout=CONNECT_S)
        except OSError as error:
            raise EngineFailed(f"{self._url}: {error}; is the Wyoming server running there?") from error
        connection.settimeout(ANSWER_S)
        self._connection = connection
        self._send(connection, Transcribe(language=self._language).event())
        self._send(connection, _audio("audio-start"))
        return connection

    def _send(self, connection: socket.socket, event: Event) -> None:
        try:
            with connection.makefile("wb") as pipe:
                write_event(event, pipe)
        except OSError as error:
            self.forget()
            raise EngineFailed(f"{self._url}: the Wyoming server went away: {error}") from error

    def _answer(self, connection: socket.socket) -> str:
        try:
            with connection.makefile("rb") as pipe:
                for _ in range(_OTHER_EVENTS_MOST):
                    event = read_event(pipe)
                    if event is None:
                        break
                    if WyomingTranscript.is_type(event.type):
                        return " ".join(WyomingTranscript.from_event(event).text.split())
        except (OSError, KeyError, AttributeError, TypeError) as error:
            raise EngineFailed(f"{self._url}: no usable transcript: {error}") from error
        raise EngineFailed(f"{self._url}: the Wyoming server gave no transcript")
