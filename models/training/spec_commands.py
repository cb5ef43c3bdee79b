"""`usher models draft | check | customers`: a bank's spec from its files, what it is understood as, its customers."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from models.catalogue import Catalogue
from models.scorer import ARTEFACTS
from models.spec import SpecError, parse_spec
from models.training.checking import Checked, checked, lines_of
from models.training.drafting import draft_spec
from models.training.provisioning import MOST_EVENTS, provisioned
from models.training.tables import read_bank
from models.training.warehouse import Warehouse

spec_option = click.option(
    "--spec",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    required=True,
    help="The bank's spec (TOML).",
)
data_option = click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the tables, or another file for the customers' table."
)
model_option = click.option(
    "--model", help="A trained model's name or folder: its columns and values are taken, nothing is learned."
)


@click.command()
@click.argument("customers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--event", "--events", "events", multiple=True, metavar="NAME=FILE", help="A log, such as pages=log.csv.")
@click.option(
    "--products", metavar="PREFIX|COLUMN,…", help="Which columns are products: a beginning, a pattern or a list."
)
@click.option(
    "--target",
    metavar="COLUMN|PREFIX",
    help="The column that names what was wanted, or the beginning of 0/1 columns, one a product; without it, one is "
    "hidden.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The spec's file; without it, the screen.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def draft(
    customers: Path, events: tuple[str, ...], products: str | None, target: str | None, out: Path | None, force: bool
) -> None:
    """Look at a bank's files and write a first spec for them."""
    logs: dict[str, Path] = {}
    for event in events:
        name, _, file = event.partition("=")
        if not name or not file or not Path(file).is_file():
            raise click.UsageError(f"--event {event}: say NAME=FILE, with a file that is there")
        logs[name] = Path(file)
    if out is not None and out.exists() and not force:
        raise click.ClickException(f"{out} is there already; --force replaces it")
    wanted = [one.strip() for one in (products or "").split(",") if one.strip()]
    folder = out.parent if out is not None else customers.parent
    text = draft_spec(customers, logs, wanted, folder, target=target)
    parse_spec(text, origin=str(out or "draft"))
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"{out} is written; read it through, then: usher models check --spec {out}")


@click.command()
@spec_option
@data_option
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def check(spec: Path, data: Path | None, model: str | None, as_json: bool) -> None:
    """Say what a spec was understood as: tables, columns, learned figures, products, target, split, warnings."""
    with Warehouse() as warehouse:
        found: Checked = checked(read_bank(spec, data, warehouse, catalogue=_catalogue(model)))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for line in lines_of(found):
        click.echo(line)


@click.command()
@spec_option
@data_option
@model_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File of JSON lines.")
@click.option(
    "--events", type=click.IntRange(min=0), default=MOST_EVENTS, show_default=True, help="Newest events of each log."
)
def customers(spec: Path, data: Path | None, model: str | None, out: Path, events: int) -> None:
    """Write the bank's customers as lines that `usher hub --customers` takes in."""
    encoder = msgspec.json.Encoder()
    written = 0
    with Warehouse() as warehouse:
        read = read_bank(spec, data, warehouse, catalogue=_catalogue(model))
        with out.open("wb") as lines:
            for one in provisioned(read, most_events=events):
                lines.write(encoder.encode(one) + b"\n")
                written += 1
    click.echo(f"{out}: {written} customers")


def _catalogue(model: str | None) -> Catalogue | None:
    if model is None:
        return None
    from models.scorer import OnnxScorer, artefact_directory

    path = Path(model)
    if not path.is_dir() and not (ARTEFACTS / model).is_dir():
        raise SpecError(f"{model}: is no folder of a model and no model that comes with Usher")
    return OnnxScorer.load(path if path.is_dir() else artefact_directory(model)).catalogue
