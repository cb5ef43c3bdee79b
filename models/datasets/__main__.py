"""`usher data`: list, fetch and verify public data sets. Exit codes: 0 done, 1 missing, damaged or not fetched, 2
usage."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from models.datasets.fetch import fetch_dataset
from models.datasets.location import fetch_folder, find_dataset, verify_dataset
from models.datasets.registry import DatasetEntry, dataset_entries, dataset_entry
from models.errors import DatasetCorrupt, DatasetMissing, ModelsError
from models.simulation.commands import simulate


class DatasetState(msgspec.Struct, frozen=True):
    """One line of `list`, `fetch` and `verify`. `state`: ok, missing or corrupt."""

    name: str
    state: str
    path: str | None
    licence: str
    source: str
    sha256: str
    detail: str = ""


def _state(entry: DatasetEntry, path: Path | None = None) -> DatasetState:
    state, detail = "ok", ""
    try:
        path = path or find_dataset(entry)
        verify_dataset(entry, path)
    except DatasetMissing as error:
        state, detail = "missing", str(error)
    except DatasetCorrupt as error:
        state, detail = "corrupt", str(error)
    where = None if path is None else str(path)
    return DatasetState(entry.name, state, where, entry.licence, entry.source, entry.sha256, detail)


def _print(state: DatasetState, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(state).decode())
    else:
        click.echo(f"{state.name}  {state.state}  {state.path or '-'}  [{state.licence}, {state.source}]")
        if state.detail:
            click.echo(f"  {state.detail}")


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group(help="Public data sets: list, fetch, verify. A simulated bank: write its tables.")
def main() -> None:
    """The command `usher data`."""


main.add_command(simulate)


@main.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the registered data sets and whether they are here."""
    for entry in dataset_entries():
        _print(_state(entry), as_json)


@main.command()
@click.argument("name", default="coil2000")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Data folder; default var/data.")
@json_option
def fetch(name: str, folder: Path | None, as_json: bool) -> None:
    """Download a data set, check it and put it in place."""
    try:
        entry = dataset_entry(name)
        path = fetch_dataset(entry, folder or fetch_folder())
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    _print(_state(entry, path), as_json)


@main.command()
@click.argument("name", required=False)
@json_option
@click.pass_context
def verify(context: click.Context, name: str | None, as_json: bool) -> None:
    """Check that the data sets here are byte for byte the registered ones."""
    try:
        entries = dataset_entries() if name is None else (dataset_entry(name),)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    states = [_state(entry) for entry in entries]
    for state in states:
        _print(state, as_json)
    context.exit(0 if all(state.state == "ok" for state in states) else 1)


if __name__ == "__main__":
    main(prog_name="usher data")
