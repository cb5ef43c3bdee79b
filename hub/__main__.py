"""``usher hub``: run the back-office server."""

import logging
import sys
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from hub.broker import BrokerError
from hub.config import HubConfig
from hub.errors import HubError
from models.errors import ModelsError
from runtime.config import load_config
from runtime.errors import UsherRuntimeError
from runtime.logs import start_logging
from runtime.supervision import run_until_signal


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="TOML file; docs/reference/config.md lists the keys.",
)
@click.option("--data", help="Folder for database and broker.")
@click.option("--database", help="sqlite:///FILE or postgresql+psycopg://USER@HOST/DB.")
@click.option("--broker", "broker_url", help="mqtt://HOST:PORT of any MQTT 3.1.1 broker instead of the embedded one.")
@click.option("--broker-port", type=click.IntRange(0, 65535), help="Port of the embedded broker; 0 takes a free one.")
@click.option("--http-port", type=click.IntRange(0, 65535), help="Port of the HTTP API; 0 takes a free one.")
@click.option("--model", help="Model artefact: a name under models/artifacts, or a folder.")
@click.option("--provision", multiple=True, help="TOML file of branches, advisors and devices to take in first.")
@click.option("--customers", multiple=True, help="File with one JSON customer a line to take in first.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
def main(
    config_file: Path | None,
    data: str | None,
    database: str | None,
    broker_url: str | None,
    broker_port: int | None,
    http_port: int | None,
    model: str | None,
    provision: tuple[str, ...],
    customers: tuple[str, ...],
    log_level: str | None,
) -> None:
    """Run the back-office server until SIGTERM; one JSON line on stdout says when and where it is ready."""
    try:
        config = load_config(config_file, HubConfig) if config_file else HubConfig()
        broker = _with(config.broker, url=broker_url, port=broker_port)
        http = _with(config.http, port=http_port)
        chosen = _with(config.model, artifact=model)
        config = _with(config, data=data, database=database, log_level=log_level)
        config = msgspec.structs.replace(
            config,
            broker=broker,
            http=http,
            model=chosen,
            provision=(*config.provision, *provision),
            customers=(*config.customers, *customers),
        )
        start_logging(config.log_level)
        _make_folder(Path(config.data))
        from hub.process import serve

        sys.exit(run_until_signal(lambda: serve(config)))
    except (UsherRuntimeError, HubError, BrokerError, ModelsError) as error:
        logging.getLogger("hub").error("stopped error=%s %s", type(error).__name__, error)
        sys.exit(1)


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HubError(f"data = '{data}': can't be made: {error}; give a folder that may be written") from error


S = TypeVar("S", bound=msgspec.Struct)


def _with(settings: S, **changes: object) -> S:
    return msgspec.structs.replace(settings, **{key: value for key, value in changes.items() if value is not None})


if __name__ == "__main__":
    main(prog_name="usher hub")
