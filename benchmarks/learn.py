"""``usher bench learn``: what learning from feedback is worth, on real calls in the order of time and in the simulator.

On uci-bank each call is predicted before it is learned from. Without ``--data`` the first 75 % of the set's file is
learned and the rest predicted; with it the whole file is learned, and then FILE predicted.
"""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
import numpy as np

from benchmarks.prequential import Prequential, prequential
from benchmarks.regret import draw_regret, regret_curves
from benchmarks.tastes import Study
from models.datasets import dataset_entry, find_dataset, uci_bank
from models.errors import ModelsError

LEARNED_SHARE = 0.75


class LearnReport(Prequential, frozen=True, kw_only=True):
    """What is printed: the areas under the curve, and the ratios of cumulative regret after a change of taste."""

    dataset: str
    data: str
    regret_ratio_static: float
    regret_ratio_linucb: float
    regret_ratio_lints: float
    regret_feedbacks: int
    linucb_alpha: float
    lints_alpha: float
    corrector_half_lives: list[float]
    corrector_weights: list[float]
    corrector_update_ms: float
    corrector_update_ms_p99: float


@click.command()
@click.option("--dataset", type=click.Choice([uci_bank.NAME]), default=uci_bank.NAME, help="The real data to learn.")
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="Later calls in the same format.")
@click.option("--seed", default=1, show_default=True, help="Of the simulator.")
@click.option(
    "--feedbacks",
    type=click.IntRange(min=100),
    default=2000,
    show_default=True,
    help="Visits after the change of taste.",
)
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw the regret (PNG or SVG).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def main(dataset: str, data: Path | None, seed: int, feedbacks: int, picture: Path | None, as_json: bool) -> None:
    """What learning from feedback is worth: real calls in the order of time, and regret in the simulator."""
    try:
        report = measure(dataset, data, Study(seed=seed, after=feedbacks), picture)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(report).decode() if as_json else _text(report))


def measure(dataset: str, data: Path | None, study: Study, picture: Path | None) -> LearnReport:
    """All figures; a picture of the regret when a path is given."""
    calls = uci_bank.load_uci_bank(find_dataset(dataset_entry(dataset)))
    if data is None:
        learned = int(LEARNED_SHARE * len(calls))
    else:
        learned = len(calls)
        calls = calls.followed_by(uci_bank.load_uci_bank(data))
    real = prequential(calls, learned)
    curves = regret_curves(study)
    if picture is not None:
        draw_regret(curves, picture)
    corrected = float(np.sum(curves.corrected))
    return LearnReport(
        **msgspec.structs.asdict(real),
        dataset=dataset,
        data="the set's own file, its last 25 %" if data is None else data.name,
        regret_ratio_static=corrected / float(np.sum(curves.static)),
        regret_ratio_linucb=corrected / float(np.sum(curves.linucb)),
        regret_ratio_lints=corrected / float(np.sum(curves.lints)),
        regret_feedbacks=study.after,
        linucb_alpha=curves.linucb_alpha,
        lints_alpha=curves.lints_alpha,
        corrector_half_lives=curves.correction_half_lives,
        corrector_weights=curves.correction_weights,
        corrector_update_ms=curves.update_ms,
        corrector_update_ms_p99=curves.update_ms_p99,
    )


def _text(report: LearnReport) -> str:
    return "\n".join(f"{name:26} {_said(value)}" for name, value in msgspec.structs.asdict(report).items())


def _said(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main(prog_name="usher bench learn")
