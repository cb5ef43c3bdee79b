"""``python -m kiosk``: one kiosk of one branch."""

import sys
from pathlib import Path

import click
import msgspec

from contracts.fields import Language
from kiosk.bootstrap import run
from kiosk.errors import KioskError
from kiosk.settings import KioskSettings
from runtime.config import load_config
from runtime.errors import ConfigError, UsherRuntimeError
from runtime.logs import start_logging
from runtime.supervision import run_until_signal

Given = dict[str, str | int | tuple[str, ...] | tuple[int, int] | None]
"""What the command line says."""


@click.command(context_settings={"max_content_width": 120})
@click.option(
    "--config", type=click.Path(path_type=Path), help="TOML file with the settings below; options override it."
)
@click.option("--device", help="Name of this kiosk.")
@click.option("--branch", help="Name of its branch.")
@click.option("--broker", help="Where the hub is: mqtt://[user:password@]host:port.")
@click.option("--store", help="SQLite file with counts, tickets and what the hub hasn't got yet.")
@click.option("--series", help="At most two letters in its numbers, another for each kiosk of a branch [A].")
@click.option("--businesses", help="The branch's businesses: TOML, or a JSON list of codes [any is taken].")
@click.option("--timezone", help="IANA name; decides when numbers start again from 1 [the machine's].")
@click.option("--keepalive", "keepalive_s", type=int, help="Seconds of the MQTT keep-alive [60].")
@click.option("--models", help="Where ranking models are kept [beside the store].")
@click.option("--trust", "trusted_keys", multiple=True, help="A public key whose models are taken too.")
@click.option("--no-models", is_flag=True, help="Take no ranking models from the hub.")
@click.option("--window", is_flag=True, help="Open the customers' screen; needs --businesses.")
@click.option("--full-screen", is_flag=True, help="No borders, no pointer, and nobody at the screen can close it.")
@click.option("--title", help="What customers call the branch [its name].")
@click.option("--size", type=(int, int), metavar="WIDTH HEIGHT", help="Of the window [480 760; a story 1080 1920].")
@click.option("--at", type=(int, int), metavar="LEFT TOP", help="Where the window opens, in pixels.")
@click.option("--cards", help="JSON lines of customer and name: whom the screen lets choose in place of a card reader.")
@click.option(
    "--script",
    help="JSON lines of take requests: a file, or - for standard input; its end ends the kiosk. A .toml file tells a"
    " story on the screen, with no hub.",
)
@click.option("--shots", type=click.Path(path_type=Path), metavar="DIR", help="Where a story's pictures go.")
@click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    default=Language.EN.value,
    show_default=True,
    help="In which a story is told.",
)
@click.option("--no-voice", is_flag=True, help="Don't offer to read the screen aloud.")
@click.option("--events", is_flag=True, help="Print what happens as JSON lines.")
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def main(
    config: Path | None,
    script: str | None,
    shots: Path | None,
    language: str,
    events: bool,
    log_level: str,
    trusted_keys: tuple[str, ...],
    no_models: bool,
    window: bool,
    full_screen: bool,
    no_voice: bool,
    **given: str | int | tuple[int, int] | None,
) -> None:
    """Run a ticket kiosk: numbers go on with the hub out of reach, every ticket reaches it once, in order."""
    story = script is not None and script.endswith(".toml")
    start_logging("warning" if story and log_level == "info" else log_level)
    try:
        if script is not None and story:
            size = given.get("size")
            sys.exit(_story(Path(script), size if isinstance(size, tuple) else None, Language(language), shots))
        if shots is not None:
            raise ConfigError(f"shots = {str(shots)!r}: only a story takes pictures: give --script FILE.toml")
        said: Given = {name: value for name, value in given.items() if value is not None}
        if trusted_keys:
            said["trusted_keys"] = trusted_keys
        if no_models:
            said["fetch_models"] = False
        if window:
            said["window"] = True
        if full_screen:
            said["full_screen"] = True
        if no_voice:
            said["voice"] = False
        settings = _settings(config, said)
        sys.exit(run_until_signal(lambda: run(settings, script=script, events=events)))
    except (KioskError, UsherRuntimeError) as error:
        click.echo(f"kiosk: {error}", err=True)
        sys.exit(2)


PORTRAIT = (1080, 1920)
"""The glass of a kiosk that stands upright, on which a story is told unless another is named."""


def _story(path: Path, size: tuple[int, int] | None, language: Language, shots: Path | None) -> int:
    from kiosk.gallery.run import run_story  # needs what only a machine with a window has

    return run_story(path, size=size or PORTRAIT, language=language, shots=shots)


def _settings(config: Path | None, given: Given) -> KioskSettings:
    if config is not None:
        base = load_config(config, KioskSettings)
        given = msgspec.structs.asdict(base) | given
    missing = [name for name in ("device", "branch", "broker", "store") if name not in given]
    if missing:
        raise ConfigError(f"missing: {', '.join(f'--{name}' for name in missing)}; give them, or --config FILE")
    try:
        return msgspec.convert(given, KioskSettings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"command line: {error}") from error


if __name__ == "__main__":
    main(prog_name="usher kiosk")
