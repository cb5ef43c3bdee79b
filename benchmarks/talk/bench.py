"""``usher bench talk``: what following a talk costs, how soon and how rightly; baselines beside it in the same run.

Parts add fields to ``Report`` and lines to ``show``; every part is measured only where what it needs is installed, and
is null otherwise, with the reason in ``missing``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.talk import signals
from benchmarks.talk.following import PlanLatency, plan_latency
from benchmarks.talk.hearing import Cost, Latency, character_errors, cost, in_real_time, intents
from benchmarks.talk.hearing_busy import BusyFigures, while_busy
from benchmarks.talk.hearing_pauses import PauseFigures, compare
from benchmarks.talk.talks import Talk, english_talk, english_voice, korean_talk, noisy
from models.errors import ModelsError
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.errors import SpeechError
from runtime.speech.following import Utterance as Heard
from runtime.speech.pauses import PauseSettings

NOISE_DB = 10.0
BUSY_S, QUICK_BUSY_S = 60.0, 10.0
QUICK_S = 30.0

Part = TypeVar("Part")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run; null where something is missing, see ``missing``.

    ``final_``: Vosk's, from the true end of speech to the final text, in ms with the pause of ``pause_ms`` in it;
    ``latencies`` has both engines. ``ratio_rtf``: see ``cost``. ``pauses_missed``, ``pauses_split``: of the chosen
    detector, summed over the talks clean and at 10 dB, see ``pauses``. ``frames_lost_busy``: of 32 ms, see ``busy``.
    ``ko_cer``: Vosk on read Korean cut by pauses; ``ko_cer_whisper``, ``zh_cer``, ``en_wer``: Whisper's.
    ``intents``: of the customer's lines in English from audio, of ``intents_of``. ``signals_accuracy``: of the branch
    utterances as text, on most of which the rules were written; ``signals_unseen``: of 298 by another author that
    nobody read while writing them. ``plan_``: from the final text to the new plan on the wrist, see ``PlanLatency``.
    """

    pause_ms: int
    final_p50_ms: float | None
    final_p90_ms: float | None
    final_whisper_p50_ms: float | None
    final_whisper_p90_ms: float | None
    ratio_rtf: float | None
    pauses_missed: int | None
    pauses_split: int | None
    frames_lost_busy: int | None
    ko_cer: float | None
    ko_cer_whisper: float | None
    zh_cer: float | None
    en_wer: float | None
    intents: int | None
    intents_of: int | None
    intents_wrong: int | None
    english_voice: str
    signals_accuracy: float | None
    signals_unseen: float | None
    signals_unseen_flips: int | None
    plan_p50_ms: float | None
    plan_p95_ms: float | None
    plan: PlanLatency | None
    latencies: list[Latency]
    cost: Cost | None
    busy: BusyFigures | None
    pauses: list[PauseFigures]
    missing: list[str]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option(
    "--quick", is_flag=True, help="Half a minute of each talk, and 10 instead of 60 seconds beside a busy process."
)
@click.option("--compare-pauses", is_flag=True, help="Only the pauses, with WebRTC's and Vosk's own detector beside.")
@click.option("--pause", "pause_s", type=click.FloatRange(0.1, 2.0), default=0.4, show_default=True, help="Seconds.")
@click.option("--busy", "processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Busy processes.")
def main(as_json: bool, quick: bool, compare_pauses: bool, pause_s: float, processes: int) -> None:
    """The talk: end of speech to text, cost beside bare Vosk, pauses, audio lost, errors, intents."""
    pauses = PauseSettings(pause_s=pause_s)
    try:
        if compare_pauses:
            figures = compare(_pause_talks(), pauses, all_detectors=True)
            if as_json:
                _write(msgspec.json.encode(figures))
            else:
                Console().print(_pause_table(figures))
            return
        report = measure(pauses, quick=quick, processes=processes)
    except (ModelsError, SpeechError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        _write(msgspec.json.encode(report))
    else:
        show(report)


def measure(pauses: PauseSettings, *, quick: bool, processes: int) -> Report:
    """All parts, one after the other."""
    missing: list[str] = []

    def part(what: str, measured: Callable[[], Part]) -> Part | None:
        Console(stderr=True).print(f"measuring {what}", highlight=False)
        try:
            return measured()
        except (SpeechError, RuntimeError, ImportError, ModelsError) as error:
            missing.append(f"{what}: {error}")
            return None

    vosk = Engines(EngineSettings(engine=EngineKind.VOSK))
    whisper = Engines(EngineSettings(engine=EngineKind.WHISPER))
    korean = _shortened(korean_talk(), QUICK_S) if quick else korean_talk()
    english = part("English voice", english_talk)
    ko = part("Vosk, real time", lambda: _latency(korean, vosk, "ko", pauses))
    en = part("Whisper, real time", lambda: _latency(english, whisper, "en", pauses)) if english is not None else None
    understood = part("intents", lambda: intents(english, en[1], "en")) if english is not None and en else None
    pause_figures = part("pauses", lambda: compare(_pause_talks(), pauses, all_detectors=False)) or []
    costs = part("cost", lambda: cost(korean, pauses, 1 if quick else 3))
    seconds = QUICK_BUSY_S if quick else BUSY_S
    beside = part(
        "audio lost beside a busy process",
        lambda: while_busy(korean_talk(), vosk, "ko", pauses, seconds=seconds, processes=processes),
    )
    unseen = part("unseen signals", lambda: signals.score(sorted((signals.UTTERANCES / "unseen").glob("*.jsonl"))))
    plan = part("text to plan", plan_latency)
    good, count, wrong = understood or (None, None, None)
    suite = part("signals", lambda: signals.score(sorted(signals.UTTERANCES.glob("*.jsonl"))))
    return Report(
        pause_ms=round(pauses.pause_s * 1000),
        final_p50_ms=ko[0].final_p50_ms if ko else None,
        final_p90_ms=ko[0].final_p90_ms if ko else None,
        final_whisper_p50_ms=en[0].final_p50_ms if en else None,
        final_whisper_p90_ms=en[0].final_p90_ms if en else None,
        ratio_rtf=costs.ratio_rtf if costs else None,
        pauses_missed=sum(one.missed for one in pause_figures) if pause_figures else None,
        pauses_split=sum(one.split for one in pause_figures) if pause_figures else None,
        frames_lost_busy=beside.frames_lost if beside else None,
        ko_cer=part("Korean errors, Vosk", lambda: character_errors(vosk, "ko", "ko-KR", pauses)),
        ko_cer_whisper=part("Korean errors, Whisper", lambda: character_errors(whisper, "ko", "ko-KR", pauses)),
        zh_cer=part("Chinese errors, Whisper", lambda: character_errors(whisper, "zh", "zh-CN", pauses)),
        en_wer=part("English errors, Whisper", lambda: character_errors(whisper, "en", "en-US", pauses)),
        intents=good,
        intents_of=count,
        intents_wrong=wrong,
        english_voice=english_voice(),
        signals_accuracy=round(suite.accuracy, 4) if suite else None,
        signals_unseen=round(unseen.accuracy, 4) if unseen else None,
        signals_unseen_flips=unseen.flips if unseen else None,
        plan_p50_ms=plan.plan_p50_ms if plan else None,
        plan_p95_ms=plan.plan_p95_ms if plan else None,
        plan=plan,
        latencies=[one[0] for one in (ko, en) if one],
        cost=costs,
        busy=beside,
        pauses=pause_figures,
        missing=missing,
    )


def _latency(talk: Talk, engines: Engines, language: str, pauses: PauseSettings) -> tuple[Latency, list[Heard]]:
    engine = engines.choose(language).engine
    if engine is None:
        raise SpeechError(engines.choose(language).why)
    engine.warm()
    return in_real_time(talk, engines, language, pauses)


def _shortened(talk: Talk, seconds: float) -> Talk:
    truth = tuple(one for one in talk.truth if one[1] < seconds - 1.0)
    return Talk(talk.name, talk.audio[: round(seconds * 16_000)], truth)


def _pause_talks() -> list[Talk]:
    talks = [korean_talk()]
    if english_voice():
        talks.append(english_talk())
    return [made for talk in talks for made in (talk, noisy(talk, NOISE_DB))]


def show(report: Report) -> None:
    """Tables for people."""
    table = Table(title=f"from the end of speech to its text, in real time; the pause of {report.pause_ms} ms is in it")
    for heading in ("engine", "talk", "heard", "p50 ms", "p90 ms", "p50 beyond the pause"):
        table.add_column(heading)
    for one in report.latencies:
        heard = f"{one.heard} of {one.utterances}"
        table.add_row(
            one.engine, one.talk, heard, *map(str, (one.final_p50_ms, one.final_p90_ms, one.beyond_pause_p50_ms))
        )
    console = Console()
    console.print(table)
    console.print(_pause_table(report.pauses))
    for name in report.__struct_fields__:
        value = getattr(report, name)
        if isinstance(value, int | float | str):
            console.print(f"{name:22} {value}", highlight=False)
    for part in (report.cost, report.busy):
        if part is not None:
            console.print(msgspec.json.encode(part).decode(), highlight=False)
    for line in report.missing:
        console.print(f"missing: {line}", highlight=False)


def _pause_table(figures: Sequence[PauseFigures]) -> Table:
    table = Table(title="pauses")
    for heading in ("talk", "detector", "missed", "split", "false", "delay ms", "CPU ms/s"):
        table.add_column(heading, justify="left" if heading in ("talk", "detector") else "right")
    for one in figures:
        missed = f"{one.missed} of {one.utterances}"
        delay = "–" if one.delay_ms is None else f"{one.delay_ms:.0f}"
        table.add_row(one.talk, one.detector, missed, str(one.split), str(one.false), delay, str(one.cpu_ms_a_second))
    return table


def _write(content: bytes) -> None:
    sys.stdout.write(content.decode() + "\n")


if __name__ == "__main__":
    main(prog_name="usher bench talk")
