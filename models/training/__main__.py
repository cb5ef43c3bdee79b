"""`usher models`: train, evaluate and show product-ranking models. Exit codes: 0 done, 1 it could not be done, 2
usage."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from models.card import Figure, Measured, ModelCard
from models.errors import ModelsError
from models.scorer import ARTEFACTS, OnnxScorer, artefact_directory
from models.splits import split_of
from models.training.run import ALL_FOLDS, evaluate, train
from models.training.sources import open_source

FOLDS = {"test": {0}, "train": set(ALL_FOLDS) - {0}, "all": set(ALL_FOLDS)}
POPULATIONS = click.Choice(["coil2000", "simbank"])
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")


@click.group(help="Product-ranking models: train, evaluate, show.")
def main() -> None:
    """The command `usher models`."""


@main.command("train")
@click.option("--data", type=POPULATIONS, default="coil2000", show_default=True, help="What to train on.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the artefact.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of trees and intervals.")
@json_option
def train_command(data: str, out: Path, seed: int, as_json: bool) -> None:
    """Train a model and write model.onnx and card.json."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            trained = train(open_source(data, environ=os.environ), Path(scratch), seed=seed)
        trained.save(out)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    _print_card(trained.card, as_json)


@main.command("evaluate")
@click.option("--model", default="coil2000", show_default=True, help="An artefact's name or folder.")
@click.option("--data", type=POPULATIONS, help="What to measure on; default: what the model was trained on.")
@click.option("--path", type=click.Path(dir_okay=False, path_type=Path), help="Another file in coil2000's layout.")
@click.option("--split", type=click.Choice(sorted(FOLDS)), default="test", show_default=True, help="Which customers.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@json_option
def evaluate_command(model: str, data: str | None, path: Path | None, split: str, seed: int, as_json: bool) -> None:
    """Measure a finished artefact through features, ONNX and policy as in service."""
    try:
        scorer = OnnxScorer.load(_directory(model))
        source = open_source(data or scorer.card.data.name, path, environ=os.environ)
        if source.catalogue.name != scorer.card.catalogue:
            raise ModelsError(f"{model} ranks {scorer.card.catalogue}'s products, {source.name} has others")
        result = evaluate(scorer, source.part(FOLDS[split]), seed=seed)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        _print_table(f"{scorer.version} on {source.name}, {split}", [result])


@main.command()
@click.argument("model", required=False)
@json_option
def show(model: str | None, as_json: bool) -> None:
    """Show a model's card; without MODEL, those of the artefacts that come with Usher."""
    names = [model] if model else sorted(path.parent.name for path in ARTEFACTS.glob("*/card.json"))
    try:
        cards = [OnnxScorer.load(_directory(name)).card for name in names]
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    for card in cards:
        _print_card(card, as_json)


@main.command("split")
@click.argument("row", type=click.IntRange(min=0))
def split_command(row: int) -> None:
    """Say whether a row is for training or held out."""
    click.echo(split_of(row))


def _directory(model: str) -> Path:
    path = Path(model)
    return path if path.is_dir() else artefact_directory(model)


def _print_card(card: ModelCard, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(card).decode())
        return
    click.echo(f"{card.version}: {card.learner.method}")
    click.echo(f"data: {card.data.title} ({card.data.source}, {card.data.licence})")
    click.echo(f"{card.model_bytes} bytes, ONNX differs from the trainer by at most {card.parity_max_abs:.0e}")
    _print_table("held out", card.held_out)
    _print_table("cross-validated", card.cross_validated)


def _print_table(title: str, rows: Sequence[Measured]) -> None:
    click.echo(f"\n{title}, {rows[0].all.customers} customers ({rows[0].less_common.customers} less common)")
    click.echo(
        f"{'ranker':18} {'hit@1':>6} {'hit@3 [95 %]':>19} {'MAP@5':>6} {'NDCG@5':>7}   less common: hit@3 [95 %]"
    )
    for row in rows:
        every, rare = row.all, row.less_common
        click.echo(
            f"{row.ranker:18} {every.hit_at_1.value:6.3f} {_interval(every.hit_at_3):>19} {every.map_at_5.value:6.3f} "
            f"{every.ndcg_at_5.value:7.3f}   {_interval(rare.hit_at_3)}"
        )


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    main(prog_name="usher models")
