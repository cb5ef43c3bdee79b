"""``usher talk``: replay a talk from a recording or a text; evaluate what is understood on public data sets."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from contracts.fields import Language
from contracts.visits import SegmentHeard
from device_agent.errors import DeviceAgentError, ReplayError
from device_agent.replay.following import Replay, ShownProduct, Step
from device_agent.replay.prior import prior_of, read_any_catalogue
from device_agent.replay.script import segments_in
from models.errors import ModelsError
from models.talk.sets.commands import evaluate
from runtime.config import read_utf8
from runtime.errors import UsherRuntimeError
from runtime.speech.choosing import EngineKind, EngineSettings

_TEXTS = frozenset({".txt", ".md", ""})


class _Talk(click.Group):
    """A first word that names no command is a file to replay."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["replay", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Talk, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Replay a talk: `usher talk FILE.wav|FILE.txt` is short for `usher talk replay FILE`."""


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice([language.value for language in Language]), default="en", show_default=True)
@click.option(
    "--catalogue",
    default="simbank",
    show_default=True,
    metavar="NAME|FILE",
    help="What the bank sells: .toml or .json.",
)
@click.option("--engine", type=click.Choice([kind.value for kind in EngineKind]), default="auto", show_default=True)
@click.option("--interval", type=click.FloatRange(1.0, 3600.0), default=30.0, show_default=True, metavar="S")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an utterance, after one with the first plan.")
def replay(file: Path, lang: str, catalogue: str, engine: str, interval: float, as_json: bool) -> None:
    """What was said, what it showed, and how the first three moved.

    FILE is a recording (anything FFmpeg reads), or a text: one utterance a line, which may begin with [MM:SS] and with
    advisor: or customer:.
    """
    language = Language(lang)
    try:
        known = read_any_catalogue(catalogue)
        segments = _segments(file, language, EngineSettings(engine=EngineKind(engine)))
        follower = Replay(known, prior_of(known), language, interval_s=interval)
        if as_json:
            _say_json({"plan": follower.shown(), "catalogue": known.name, "language": lang})
        else:
            _say_plan("before", follower.shown())
        for segment in segments:
            step = follower.take(segment)
            if as_json:
                _say_json(step)
            else:
                _say_step(step)
    except (DeviceAgentError, ModelsError, UsherRuntimeError) as error:
        raise click.ClickException(str(error)) from error


main.add_command(evaluate)


def _segments(file: Path, language: Language, engines: EngineSettings) -> Iterator[SegmentHeard]:
    if file.suffix.lower() not in _TEXTS:
        from device_agent.replay.recording import segments_of

        if not file.is_file():
            raise ReplayError(f"{file}: there is no such file: give a recording or a text")
        return segments_of(file, language, engines=engines)
    return segments_in(read_utf8(file, "recording or text"), language, origin=str(file))


def _say_json(what: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


def _say_step(step: Step) -> None:
    minutes, seconds = divmod(step.at_s, 60)
    who = f"{step.speaker}: " if step.speaker != "unknown" else ""
    click.echo(f"{int(minutes):02d}:{seconds:04.1f}  {who}{step.text}")
    for signal in step.signals:
        asked = "" if signal.counts else "  — not sure: asks the advisor"
        click.echo(f"         {signal.kind}: {signal.name}  ({signal.confidence:.2f}, “{signal.said}”){asked}")
    for move in step.moves:
        was = "new" if move.was is None else f"{move.was + 1}"
        click.echo(f"         {was} → {move.now + 1}  {move.code}: {move.why}")
    if step.plan:
        _say_plan("now", step.plan)


def _say_plan(label: str, plan: tuple[ShownProduct, ...]) -> None:
    listed = " · ".join(f"{place}. {one.name} {one.probability:.0%}" for place, one in enumerate(plan, 1))
    click.echo(f"  {label}: {listed}")


if __name__ == "__main__":
    main(prog_name="usher talk")
