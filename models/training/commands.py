"""`usher models train | evaluate | show | split`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
import numpy as np

from models.card import Figure, Measured, ModelCard
from models.scorer import ARTEFACTS, OnnxScorer, artefact_directory
from models.splits import split_of
from models.training.fitting import MOST_SAMPLES
from models.training.population import HELD_OUT, Population
from models.training.run import Evaluation, Trained, evaluate, train, train_on_all
from models.training.sources import DATASETS, open_dataset

dataset_option = click.option("--dataset", type=click.Choice(DATASETS), help="A data set that Usher knows.")
spec_option = click.option(
    "--spec", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="A bank's own description (TOML)."
)
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance."
)
most_option = click.option(
    "--samples",
    type=click.IntRange(min=100),
    default=MOST_SAMPLES,
    show_default=True,
    help="Learn from at most so many.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")


@click.command("train")
@dataset_option
@spec_option
@click.option("--data", type=click.Path(path_type=Path), help="The spec's tables are in this folder, not beside it.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the artefact.")
@seed_option
@most_option
@json_option
def train_command(
    dataset: str | None, spec: Path | None, data: Path | None, out: Path, seed: int, samples: int, as_json: bool
) -> None:
    """Train a model and write model.onnx, catalogue.json and card.json."""
    population = _open(dataset, spec, data)
    with tempfile.TemporaryDirectory() as scratch:
        trained = train(population, Path(scratch), seed=seed, most=samples)
    trained.save(out)
    _print_card(trained.card, as_json)


@click.command("evaluate")
@dataset_option
@spec_option
@click.option("--model", help="An artefact's name or folder. Default: the data set's own.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="With --dataset: other rows in the same format, measured with what is learned from all of the data set's own "
    "rows. With --spec: the folder of its tables, or another file for the customers' table.",
)
@click.option(
    "--part",
    type=click.Choice(["held-out", "all"]),
    default="held-out",
    show_default=True,
    help="With --spec: the held-out customers, the baselines learning from the others; or all (of tables that the "
    "model has not seen), the baselines crosswise from four fifths each.",
)
@seed_option
@most_option
@json_option
def evaluate_command(
    dataset: str | None,
    spec: Path | None,
    model: str | None,
    data: Path | None,
    part: str,
    seed: int,
    samples: int,
    as_json: bool,
) -> None:
    """Measure a model beside popularity, co-occurrence, logistic regression and LightGBM in the same run."""
    if (dataset is None) == (spec is None):
        raise click.UsageError("say either --dataset NAME or --spec FILE")
    if part != "held-out" and spec is None:
        raise click.UsageError("--part goes with --spec; a data set's other rows come with --data")
    if spec is not None:
        if model is None:
            raise click.UsageError("--spec needs --model: the folder that `usher models train --spec … --out` wrote")
        found = _evaluate_spec(spec, data, model, part, seed, samples)
    else:
        assert dataset is not None
        if data is not None and model is None:
            found = _evaluate_other_rows(dataset, data, seed, samples)
        else:
            found = _evaluate_dataset(dataset, data, model or dataset, seed, samples)
    if as_json:
        click.echo(msgspec.json.encode(flat(found)).decode())
    else:
        _print_table(f"{found.version}, baselines learned from {found.learned_from}", [found.model, *found.baselines])
        for one in found.model.segments if len(found.model.segments) > 1 else ():
            click.echo(f"  {one.segment or '(none)':30} {one.questions:6}  hit@3 {_interval(one.hit_at_3)}")


@click.command()
@click.argument("model", required=False)
@json_option
def show(model: str | None, as_json: bool) -> None:
    """Show a model's card; without MODEL, those of the artefacts that come with Usher."""
    names = [model] if model else sorted(path.parent.name for path in ARTEFACTS.glob("*/card.json"))
    for card in [OnnxScorer.load(_directory(name)).card for name in names]:
        _print_card(card, as_json)


@click.command("split")
@click.argument("row", type=click.IntRange(min=0))
def split_command(row: int) -> None:
    """Say whether a row is for training or held out."""
    click.echo(split_of(row))


Flat = dict[str, float | int | str | list[float] | list[dict[str, float | int | str]] | None]


def flat(found: Evaluation) -> Flat:
    """All figures of an evaluation under plain names; a baseline's begin with its name."""
    result: Flat = {"version": found.version, "learned_from": found.learned_from}
    result |= {"questions": found.model.all.questions, "questions_nondominant": found.model.less_common.questions}
    for row in (found.model, *found.baselines):
        prefix = "" if row is found.model else f"{row.ranker}_"
        for suffix, ranking in (("", row.all), ("_nondominant", row.less_common)):
            result[f"{prefix}hit_at_1{suffix}"] = ranking.hit_at_1.value
            result[f"{prefix}hit_at_3{suffix}"] = ranking.hit_at_3.value
            result[f"{prefix}hit_at_3{suffix}_interval"] = [ranking.hit_at_3.low, ranking.hit_at_3.high]
            result[f"{prefix}map_at_3{suffix}"] = ranking.map_at_3.value
            result[f"{prefix}ndcg_at_3{suffix}"] = ranking.ndcg_at_3.value
        result[f"{prefix}ece"] = row.ece
        result[f"{prefix}coverage"] = row.coverage
        result[f"{prefix}auc"] = row.auc
    for gain in found.gains:
        result[f"gain_over_{gain.over}"] = gain.all.value
        result[f"gain_over_{gain.over}_interval"] = [gain.all.low, gain.all.high]
    segments: list[dict[str, float | int | str]] = [
        {
            "segment": one.segment,
            "questions": one.questions,
            "hit_at_3": one.hit_at_3.value,
            "low": one.hit_at_3.low,
            "high": one.hit_at_3.high,
        }
        for one in found.model.segments
    ]
    result["segments"] = segments
    return result


def _open(dataset: str | None, spec: Path | None, data: Path | None) -> Population:
    if (dataset is None) == (spec is None):
        raise click.UsageError("say either --dataset NAME or --spec FILE")
    if dataset is not None:
        return open_dataset(dataset, data, environ=os.environ)
    assert spec is not None
    from models.training.tables import read_population

    return read_population(spec, data)


def _evaluate_dataset(dataset: str, data: Path | None, model: str, seed: int, samples: int) -> Evaluation:
    """A finished artefact on the held-out rows, or on all rows of another file."""
    scorer = OnnxScorer.load(_directory(model))
    own = open_dataset(dataset, environ=os.environ)
    learned = np.flatnonzero(own.fold != HELD_OUT)
    if data is None:
        held_out = np.flatnonzero(own.fold == HELD_OUT)
        return evaluate(scorer, own, held_out, learned_from=(own, learned), seed=seed, most=samples)
    other = open_dataset(dataset, data, environ=os.environ)
    every = np.arange(len(other))
    return evaluate(scorer, other, every, learned_from=(own, learned), seed=seed, most=samples)


def _evaluate_other_rows(dataset: str, data: Path, seed: int, samples: int) -> Evaluation:
    """The method and the baselines, all learned from every row of the data set's own file, on another file's rows."""
    other = open_dataset(dataset, data, environ=os.environ)
    own = open_dataset(dataset, environ=os.environ)
    trained = train_on_all(own, seed=seed, most=samples)
    return evaluate(
        _loaded(trained), other, np.arange(len(other)), learned_from=(own, np.arange(len(own))), seed=seed, most=samples
    )


def _evaluate_spec(spec: Path, data: Path | None, model: str, part: str, seed: int, samples: int) -> Evaluation:
    """A bank's artefact on its held-out customers, and the baselines learn from the others; or on all."""
    from models.training.tables import read_population

    scorer = OnnxScorer.load(_directory(model))
    population = read_population(spec, data, catalogue=scorer.catalogue)
    if part == "all":
        if population.sha256 == scorer.card.data.sha256:
            click.echo(
                "these are the tables that the model learned from: its figures on them all are too good", err=True
            )
        return evaluate(scorer, population, np.arange(len(population)), learned_from=None, seed=seed, most=samples)
    learned = np.flatnonzero(population.fold != HELD_OUT)
    held_out = np.flatnonzero(population.fold == HELD_OUT)
    return evaluate(scorer, population, held_out, learned_from=(population, learned), seed=seed, most=samples)


def _loaded(trained: Trained) -> OnnxScorer:
    with tempfile.TemporaryDirectory() as scratch:
        trained.save(Path(scratch))
        return OnnxScorer.load(Path(scratch))


def _directory(model: str) -> Path:
    path = Path(model)
    return path if path.is_dir() else artefact_directory(model)


def _print_card(card: ModelCard, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(card).decode())
        return
    click.echo(f"{card.version}: {card.learner.method}")
    click.echo(f"data: {card.data.title} ({card.data.source}, {card.data.licence})")
    click.echo(
        f"{card.model_bytes} bytes ({'int8' if card.quantisation.adopted else 'float32'}), C = {card.learner.c:g}, "
        f"{card.learner.trees} trees, temperature {card.learner.temperature:g}; "
        f"ONNX differs from the trainer by at most {card.parity_max_abs:.0e}"
    )
    for title, rows in (("held out", card.held_out), ("cross-validated", card.cross_validated)):
        if rows:
            _print_table(title, rows)


def _print_table(title: str, rows: Sequence[Measured]) -> None:
    click.echo(f"\n{title}: {rows[0].all.questions} questions ({rows[0].less_common.questions} less common)")
    click.echo(
        f"{'ranker':14} {'hit@1':>6} {'hit@3 [95 %]':>21} {'MAP@3':>6} {'NDCG@3':>7} {'ECE':>6} {'cover':>6} "
        f"{'AUC':>6}   less common: hit@3 [95 %]"
    )
    for row in rows:
        every, rare = row.all, row.less_common
        less = _interval(rare.hit_at_3) if rare.questions else "-"
        click.echo(
            f"{row.ranker:14} {every.hit_at_1.value:6.3f} {_interval(every.hit_at_3):>21} {every.map_at_3.value:6.3f} "
            f"{every.ndcg_at_3.value:7.3f} {row.ece:6.3f} {row.coverage:6.3f} "
            f"{'' if row.auc is None else format(row.auc, '.3f'):>6}   {less}"
        )


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
