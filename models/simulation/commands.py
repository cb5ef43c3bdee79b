"""The simulated bank on the command line: `python -m models.simulation`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from models.errors import ModelsError
from models.simulation.bank import AS_OF, SimulatedBank
from models.simulation.behaviour import HORIZON_WEEKS
from models.simulation.tables import write_tables


@click.command()
@click.option("--customers", type=click.IntRange(1, 10_000_000), default=2000, show_default=True, help="How many.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Equal seeds give equal files.")
@click.option("--weeks", type=click.IntRange(1, 104), default=HORIZON_WEEKS, show_default=True, help="Of events.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=AS_OF.strftime("%Y-%m-%d"),
    show_default=True,
    help="The day that the tables are of.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a line of text.")
def simulate(customers: int, out: Path, seed: int, weeks: int, as_of: datetime, as_json: bool) -> None:
    """Write a simulated bank's customers, holdings, app events and transactions as CSV files."""
    moment = as_of.replace(hour=AS_OF.hour, tzinfo=UTC)
    try:
        written = write_tables(SimulatedBank(seed, as_of=moment, weeks=weeks), customers, out)
    except (ModelsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(msgspec.json.encode(written).decode())
    else:
        rows = " · ".join(f"{name} {count}" for name, count in written.rows.items())
        click.echo(f"{written.folder}: {rows} · {written.bytes / 1e6:.1f} MB")
