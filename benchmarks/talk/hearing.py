"""How soon after the end of speech its text is there, what that costs beside the bare engine, and how right it is."""

from __future__ import annotations

import json
import queue
import threading
import time
import unicodedata
from collections.abc import Sequence
from statistics import median, quantiles
from typing import TYPE_CHECKING

import jiwer
import msgspec

from benchmarks.talk.talks import Talk, lines, read_speech
from models.catalogues import load_catalogue
from models.names import Language
from models.talk.lexicon import Lexicon
from models.talk.signals import Signal, SignalKind, Speaker, Utterance, Word
from models.talk.understanding import Context, hear
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.following import Follower
from runtime.speech.following import Utterance as Heard
from runtime.speech.listening import Event, Listening, ListeningSettings
from runtime.speech.models import find_vosk, speech_cache
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES, SAMPLE_RATE
from runtime.speech.silero import best_activity
from runtime.speech.vosk_engine import BEAM, tuned_folder

if TYPE_CHECKING:
    from vosk import Model

PRODUCTS = {
    "deposit": ("deposit",),
    "fund": ("fund",),
    "insurance": ("insurance", "cover"),
    "mortgage": ("mortgage", "home"),
    "loan": ("loan", "credit"),
    "card": ("card",),
    "pension": ("pension",),
    "stock": ("stock", "share", "equit"),
}
"""What a line's product is called in the subjects of signals."""

STANCES = {
    "interest": (SignalKind.INTEREST, SignalKind.NEED),
    "refusal": (SignalKind.REFUSAL, SignalKind.PRICE, SignalKind.HELD),
}


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Of one engine on one talk said in real time. ``final_``: from the true end of speech to the final text, in ms;
    ``beyond_pause_``: the same less the pause setting."""

    engine: str
    talk: str
    utterances: int
    heard: int
    lost_samples: int
    final_p50_ms: float | None
    final_p90_ms: float | None
    beyond_pause_p50_ms: float | None


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds for the same talk in the same run. ``ratio_rtf``: of the whole path to the bare engine given all the
    audio, with the same beam; ``..._untuned``: with the beam of the model as it comes."""

    talk: str
    seconds: float
    path_rtf: float
    bare_rtf: float
    bare_untuned_rtf: float
    ratio_rtf: float
    ratio_rtf_untuned: float


def in_real_time(talk: Talk, engines: Engines, language: str, pauses: PauseSettings) -> tuple[Latency, list[Heard]]:
    """The talk at the pace of a clock through ring, thread and engine, a frame at a time."""
    events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
    listening = Listening(
        lambda: engines.recogniser(language),
        best_activity,
        lambda event: events.put((time.monotonic(), event)),
        ListeningSettings(pauses=pauses),
    )
    listening.start()
    content = bytearray(talk.audio.tobytes())
    halt = threading.Event()
    began = time.monotonic()
    for number, at in enumerate(range(0, len(content) - FRAME_BYTES, FRAME_BYTES), 1):
        rest = began + number * FRAME_BYTES / 2 / SAMPLE_RATE - time.monotonic()
        if rest > 0:
            halt.wait(rest)
        listening.hear(memoryview(content)[at : at + FRAME_BYTES])
    listening.end()
    listening.join()
    heard: list[tuple[float, Heard]] = []
    while not events.empty():
        at_s, event = events.get()
        if isinstance(event, Heard):
            heard.append((at_s - began, event))
    delays = []
    for at, (_, end, _) in enumerate(talk.truth):
        following = talk.truth[at + 1][0] if at + 1 < len(talk.truth) else talk.seconds + 60.0
        mine = [at_s for at_s, event in heard if end - 0.3 <= event.end_s < following]
        delays += [at_s - end for at_s in mine[:1]]
    choice = engines.choose(language)
    return Latency(
        engine=choice.name,
        talk=talk.name,
        utterances=len(talk.truth),
        heard=len(delays),
        lost_samples=listening.lost_samples,
        final_p50_ms=round(median(delays) * 1000) if delays else None,
        final_p90_ms=round(quantiles(delays, n=10)[-1] * 1000) if len(delays) > 1 else None,
        beyond_pause_p50_ms=round((median(delays) - pauses.pause_s) * 1000) if delays else None,
    ), [event for _, event in heard]


def followed(audio: bytes, engines: Engines, language: str, pauses: PauseSettings) -> list[Heard]:
    """The whole path as fast as it goes, in this thread."""
    recogniser = engines.recogniser(language)
    follower = Follower(recogniser, best_activity(), pauses)
    heard = []
    for at in range(0, len(audio), FRAME_BYTES):
        event = follower.take(bytearray(audio[at : at + FRAME_BYTES]).ljust(FRAME_BYTES, b"\0"))
        heard += [event] if isinstance(event, Heard) else []
    last = follower.finish()
    heard += [last] if isinstance(last, Heard) else []
    recogniser.close()
    return heard


def bare(model: Model, audio: bytes) -> float:
    """CPU seconds of Vosk alone, 100 ms at a time, silence too."""
    from vosk import KaldiRecognizer

    recogniser = KaldiRecognizer(model, SAMPLE_RATE)
    recogniser.SetWords(True)
    step = SAMPLE_RATE // 10 * 2
    began = time.process_time()
    for at in range(0, len(audio), step):
        if recogniser.AcceptWaveform(audio[at : at + step]):
            json.loads(recogniser.Result())
    json.loads(recogniser.FinalResult())
    return time.process_time() - began


def cost(talk: Talk, pauses: PauseSettings, rounds: int) -> Cost | None:
    """Vosk's path beside bare Vosk, ``rounds`` times in turn, medians; null without the Korean model."""
    from vosk import Model, SetLogLevel

    found = find_vosk("ko")
    if found is None:
        return None
    SetLogLevel(-1)
    engines = Engines(EngineSettings(engine=EngineKind.VOSK))
    engines.recogniser("ko").close()
    same = Model(str(tuned_folder(found.folder, speech_cache(), BEAM)))
    untuned = Model(str(found.folder))
    audio = talk.audio.tobytes()
    times: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        began = time.process_time()
        followed(audio, engines, "ko", pauses)
        path = time.process_time() - began
        times.append((path, bare(same, audio), bare(untuned, audio)))
    return Cost(
        talk=talk.name,
        seconds=round(talk.seconds, 1),
        path_rtf=round(median(one[0] for one in times) / talk.seconds, 3),
        bare_rtf=round(median(one[1] for one in times) / talk.seconds, 3),
        bare_untuned_rtf=round(median(one[2] for one in times) / talk.seconds, 3),
        ratio_rtf=round(median(one[0] / one[1] for one in times), 3),
        ratio_rtf_untuned=round(median(one[0] / one[2] for one in times), 3),
    )


def letters(text: str) -> str:
    """What is compared: letters and digits, small, without spaces or punctuation."""
    return "".join(one for one in unicodedata.normalize("NFC", text).lower() if one.isalnum())


def character_errors(engines: Engines, language: str, dataset: str, pauses: PauseSettings) -> float:
    """The character error rate of a sample set, cut at its pauses (for English of words)."""
    audio, said = read_speech(dataset)
    heard = [one.transcript.text for one in followed(audio.tobytes(), engines, language, pauses)]
    if language == "en":
        return round(float(jiwer.wer(_words(said), _words(" ".join(heard)))), 3)
    return round(float(jiwer.cer(letters(said), letters("".join(heard)))), 3)


def _words(text: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in text.lower()).split())


def intents(talk: Talk, heard: Sequence[Heard], language: Language) -> tuple[int, int, int]:
    """How many of the customer's lines were understood with product and stance, of how many; how many wrongly."""
    lexicon = Lexicon.of(load_catalogue("simbank"))
    context = Context()
    good = count = wrong = 0
    for index, ((_, end, _), line) in enumerate(zip(talk.truth, lines(language), strict=False)):
        following = talk.truth[index + 1][0] if index + 1 < len(talk.truth) else talk.seconds
        mine = [one for one in heard if end - 0.3 <= one.end_s < following]
        words = tuple(Word(word.text, word.confidence) for one in mine for word in one.transcript.words)
        said = Utterance(
            index=index,
            text=" ".join(one.transcript.text for one in mine),
            language=language,
            words=words,
            speaker=Speaker.ADVISOR if line.role == "advisor" else Speaker.CUSTOMER,
        )
        context, signals = hear(context, said, lexicon)
        if line.role == "customer":
            count += 1
            good += any(_means(signal, line.product, line.stance) for signal in signals)
            other = "refusal" if line.stance == "interest" else "interest"
            wrong += any(_means(signal, line.product, other) for signal in signals)
    return good, count, wrong


def _means(signal: Signal, product: str, stance: str) -> bool:
    named = not product or any(part in f"{signal.subject} {' '.join(signal.products)}" for part in PRODUCTS[product])
    return named and signal.kind in STANCES[stance]
