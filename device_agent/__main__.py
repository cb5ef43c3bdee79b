"""``python -m device_agent``: run a watch or band agent."""

import sys
from pathlib import Path

import click

from contracts.fields import DeviceKind, Language
from device_agent.errors import DeviceAgentError, SettingsError
from device_agent.settings import (
    LOG_LEVELS,
    FileSettings,
    ModelSettings,
    Recogniser,
    Shape,
    SpeechSettings,
    settle,
)
from runtime.errors import UsherRuntimeError
from runtime.logs import start_logging
from runtime.speech.choosing import EngineKind, EngineSettings
from runtime.supervision import run_until_signal

LANGUAGES = [language.value for language in Language]
SHAPES = [shape.value for shape in Shape]
WHERE = [where.value for where in Recogniser]
ENGINES = [kind.value for kind in EngineKind]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--kind", type=click.Choice(["watch", "band"]), help="What the device is.  [default: watch]")
@click.option("--device", metavar="NAME", help="The device's name.")
@click.option("--broker", metavar="URL", help="mqtt://[user:password@]host:port")
@click.option("--store", metavar="PATH", help="The agent's own file.  [default: var/NAME.sqlite]")
@click.option("--keepalive", type=click.IntRange(1, 3600), metavar="S", help="Seconds.  [default: 60]")
@click.option("--headless", is_flag=True, help="No window.")
@click.option(
    "--script", metavar="FILE", help="Commands as JSON lines, - reads standard input; a .toml file tells a whole story."
)
@click.option("--shots", type=click.Path(path_type=Path), metavar="DIR", help="Where a story's pictures go.")
@click.option("--events", is_flag=True, help="Print each thing that happens as one JSON object a line.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the window.  [default: the binding's]")
@click.option(
    "--shape",
    type=click.Choice(SHAPES),
    help="Of the screen.  [default: round, of a band: band]",
)
@click.option("--at", type=(int, int), metavar="LEFT TOP", help="Where the window opens, in pixels.")
@click.option("--models", metavar="FOLDER", help="Where ranking models are kept.  [default: beside the store]")
@click.option("--trust", "trust", metavar="FILE", multiple=True, help="A public key whose models are taken too.")
@click.option("--no-models", is_flag=True, help="Take no ranking models from the hub.")
@click.option(
    "--speech", type=click.Choice(WHERE), help="Where speech becomes text.  [default: device, of a band: hub]"
)
@click.option(
    "--microphone",
    metavar="NAME",
    help="A device by name or number, wav:FILE, tcp:PORT, fd:NUMBER, silence or none.  [default: the system's]",
)
@click.option("--engine", type=click.Choice(ENGINES), help="What recognises on this device.  [default: auto]")
@click.option("--speech-language", type=click.Choice(LANGUAGES), help="Of talks.  [default: the advisor's]")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The same settings as TOML.")
@click.option("--log-level", type=click.Choice(LOG_LEVELS), help="Logs go to standard error.  [default: info]")
def main(
    kind: str | None,
    device: str | None,
    broker: str | None,
    store: str | None,
    keepalive: int | None,
    headless: bool,
    script: str | None,
    shots: Path | None,
    events: bool,
    language: str | None,
    shape: str | None,
    at: tuple[int, int] | None,
    models: str | None,
    trust: tuple[str, ...],
    no_models: bool,
    speech: str | None,
    microphone: str | None,
    engine: str | None,
    speech_language: str | None,
    config: Path | None,
    log_level: str | None,
) -> None:
    """Run a watch or band agent until it is told to stop; SIGTERM is a clean stop."""
    given = FileSettings(
        kind=DeviceKind(kind) if kind else None,
        device=device,
        broker=broker,
        store=store,
        keepalive_s=keepalive,
        language=Language(language) if language else None,
        shape=Shape(shape) if shape else None,
        at=at,
        headless=headless or None,
        log_level=log_level,
        models=ModelSettings(fetch=not no_models, folder=models, trusted_keys=trust),
        speech=SpeechSettings(
            where=Recogniser(speech) if speech else None,
            microphone=microphone or SpeechSettings().microphone,
            language=Language(speech_language) if speech_language else None,
            engine=EngineSettings(engine=EngineKind(engine)) if engine else EngineSettings(),
        ),
    )
    try:
        if script is not None and script.endswith(".toml"):
            start_logging(log_level or "warning")
            from device_agent.stories.run import run_story

            told = given.kind or DeviceKind.WATCH
            sys.exit(run_story(Path(script), kind=told, shape=given.shape, language=given.language, shots=shots))
        if shots is not None:
            raise SettingsError(f"shots = {str(shots)!r}: only a story takes pictures: give --script FILE.toml")
        settings = settle(given, config)
        start_logging(settings.log_level)
        from device_agent.bootstrap import run_agent

        code = run_until_signal(lambda: run_agent(settings, show_events=events, script=script))
    except (DeviceAgentError, UsherRuntimeError) as error:
        raise click.ClickException(str(error)) from error
    except BaseExceptionGroup as group:
        known = group.subgroup((DeviceAgentError, UsherRuntimeError))
        if known is None:
            raise
        raise click.ClickException("; ".join(str(error) for error in _leaves(known))) from group
    sys.exit(code)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return leaves


if __name__ == "__main__":
    main(prog_name="usher watch")
