"""``python -m kiosk``: one kiosk of one branch."""

import sys
from pathlib import Path

import click
import msgspec

from kiosk.bootstrap import KioskSettings, run
from kiosk.errors import KioskError
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
@click.option("--title", help="What customers call the branch [its name].")
@click.option("--size", type=(int, int), metavar="WIDTH HEIGHT", help="Of the window, in pixels [480 760].")
@click.option("--at", type=(int, int), metavar="LEFT TOP", help="Where the window opens, in pixels.")
@click.option("--cards", help="JSON lines of customer and name: whom the screen lets choose in place of a card reader.")
@click.option("--script", help="JSON lines of take requests: a file, or - for standard input; its end ends the kiosk.")
@click.option("--events", is_flag=True, help="Print what happens as JSON lines.")
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def main(
    config: Path | None,
    script: str | None,
    events: bool,
    log_level: str,
    trusted_keys: tuple[str, ...],
    no_models: bool,
    window: bool,
    **given: str | int | tuple[int, int] | None,
) -> None:
    """Run a ticket kiosk: numbers go on with the hub out of reach, every ticket reaches it once, in order."""
    start_logging(log_level)
    try:
        said: Given = {name: value for name, value in given.items() if value is not None}
        if trusted_keys:
            said["trusted_keys"] = trusted_keys
        if no_models:
            said["fetch_models"] = False
        if window:
            said["window"] = True
        settings = _settings(config, said)
        sys.exit(run_until_signal(lambda: run(settings, script=script, events=events)))
    except (KioskError, UsherRuntimeError) as error:
        click.echo(f"kiosk: {error}", err=True)
        sys.exit(2)


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
