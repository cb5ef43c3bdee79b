"""`usher talk evaluate`: the shipped models on a public set's rows. Exit codes: 0 measured, 1 a fault, 2 usage."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from models.errors import ModelsError
from models.talk.sets.registry import SETS
from models.talk.sets.report import Baseline, Report


@click.command(help="Measure the talk's models on a public set, simple methods beside them.")
@click.option("--set", "name", type=click.Choice(list(SETS)), required=True, help="Which set's format, and its task.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A file of the set, or a folder of them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def evaluate(name: str, data: Path, as_json: bool) -> None:
    """The command `usher talk evaluate`."""
    if not as_json:
        click.echo(f"evaluating {data}: thousands of rows take a minute or two, the baselines among them", err=True)
    try:
        report = SETS[name].evaluate(data)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(report).decode() if as_json else said(report))


def said(report: Report) -> str:
    """The report for people."""
    low, high = report.accuracy_interval.low, report.accuracy_interval.high
    lines = [
        f"{report.set}: {report.n} rows, model {report.model}",
        f"  accuracy {report.accuracy:.3f} [{low:.3f}, {high:.3f}]   macro-F1 {report.macro_f1:.3f}"
        + ("" if report.micro_f1 is None else f"   micro-F1 {report.micro_f1:.3f}"),
    ]
    lines += [f"  {name} {value:.3f}" for name, value in report.others.items()]
    lines += [f"  {name}: {_figures(one)} ({one.what}; {one.measured})" for name, one in report.baselines.items()]
    if report.seen_in_training:
        lines.append(f"  {report.seen_in_training} of the rows were learned from: the figures flatter")
    return "\n".join([*lines, *(f"  {note}" for note in report.notes)])


def _figures(one: Baseline) -> str:
    named = {"accuracy": one.accuracy, "macro-F1": one.macro_f1, "micro-F1": one.micro_f1}
    return ", ".join(f"{name} {value:.3f}" for name, value in named.items() if value is not None)
