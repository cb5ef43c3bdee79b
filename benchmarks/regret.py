"""Cumulative regret after a change of taste: the corrector beside the uncorrected model and mabwiser's linear bandits.

All see the same visits and the same log from before the change; the bandits get the projection z of the customers that
the corrector gets, one arm a product, a reward of 1 for what was taken, and are updated after every visit like it. What
is not known to them is the trained model. Of each bandit the setting with the least regret in hindsight counts.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from benchmarks.tastes import SHOWN, Matrix, Study, TrainedModel, World, build_world, encoder_session
from models.correction.corrector import Corrector, CorrectorSettings
from models.exploration import explore
from models.feedback import Observation
from models.policy_figures import PolicyFigures

UCB_ALPHAS = (0.1, 0.3)
THOMPSON_ALPHAS = (0.1, 0.3)
_LOGGING = PolicyFigures(explore_epsilon=0.1)
_CORRECTED = PolicyFigures(explore_epsilon=0.02)


class RegretCurves(msgspec.Struct, frozen=True, kw_only=True):
    """Regret per visit after the change, in products taken, of each way to plan; `update_ms` of the corrector."""

    static: list[float]
    corrected: list[float]
    linucb: list[float]
    lints: list[float]
    linucb_alpha: float
    lints_alpha: float
    update_ms: float
    update_ms_p99: float
    correction_half_lives: list[float]
    correction_weights: list[float]


def regret_curves(study: Study) -> RegretCurves:
    """Run all of them over the same visits."""
    world = build_world(study)
    log = _log(world)
    static = [world.regret(at, world.best(at, world.score[at])) for at in range(world.change, len(world.visits))]
    corrected, took, corrector = _corrected(world, log)
    context = np.array([world.projection.of(row) for row in world.encoded])
    ucb = [
        (alpha, _bandit(world, log, context, LearningPolicy.LinUCB(alpha=alpha), study.seed)) for alpha in UCB_ALPHAS
    ]
    thompson = [
        (alpha, _bandit(world, log, context, LearningPolicy.LinTS(alpha=alpha), study.seed))
        for alpha in THOMPSON_ALPHAS
    ]
    best_ucb = min(ucb, key=lambda run: sum(run[1]))
    best_thompson = min(thompson, key=lambda run: sum(run[1]))
    lives = corrector.half_lives()
    return RegretCurves(
        static=static,
        corrected=corrected,
        linucb=best_ucb[1],
        lints=best_thompson[1],
        linucb_alpha=best_ucb[0],
        lints_alpha=best_thompson[0],
        update_ms=float(np.median(took)) * 1e3,
        update_ms_p99=float(np.quantile(took, 0.99)) * 1e3,
        correction_half_lives=[round(life) for life, _ in lives],
        correction_weights=[round(weight, 4) for _, weight in lives],
    )


def _planned(world: World, at: int, score: Matrix, figures: PolicyFigures) -> tuple[list[int], list[float]]:
    order = world.best(at, score, len(score))
    odds = np.exp(score - score[order].max())
    shown = explore(order, odds.tolist(), figures, key=f"visit-{at}", version="benchmark")
    return list(shown.order[:SHOWN]), list(shown.propensities[:SHOWN])


def _log(world: World) -> list[Observation]:
    plans = (_planned(world, at, world.score[at], _LOGGING) for at in range(world.change))
    return [world.observation(at, *plan) for at, plan in enumerate(plans)]


def corrector_for(world: World, settings: CorrectorSettings | None = None) -> Corrector:
    """A corrector of the world's trained model."""
    categories = [product.category for product in world.catalogue.product]
    base = TrainedModel(world.model, encoder_session(world.model.space))
    return Corrector(base, world.catalogue.product_codes, categories, world.projection, settings)


def _corrected(world: World, log: list[Observation]) -> tuple[list[float], list[float], Corrector]:
    corrector = corrector_for(world)
    for at, observation in enumerate(log):
        corrector.learn(world.score[at], world.encoded[at], observation)
    regret, took = [], []
    for at in range(world.change, len(world.visits)):
        correction = corrector.correction()
        score = world.score[at] + correction.intercept + world.encoded[at] @ correction.slope
        shown, propensities = _planned(world, at, score, _CORRECTED)
        regret.append(world.regret(at, shown))
        observation = world.observation(at, shown, propensities)
        started = time.perf_counter()
        corrector.learn(world.score[at], world.encoded[at], observation)
        took.append(time.perf_counter() - started)
    return regret, took, corrector


def _bandit(world: World, log: list[Observation], context: Matrix, policy: LearningPolicy, seed: int) -> list[float]:
    codes = world.catalogue.product_codes
    bandit = MAB(list(range(len(codes))), policy, seed=seed)
    arms, rewards, contexts = [], [], []
    for at, observation in enumerate(log):
        for shown in observation.shown:
            arms.append(codes.index(shown.code))
            rewards.append(int(shown.code in observation.taken))
            contexts.append(context[at])
    bandit.fit(arms, rewards, np.array(contexts))
    regret = []
    for at in range(world.change, len(world.visits)):
        row = context[at : at + 1]
        expected = bandit.predict_expectations(row)
        chosen = world.best(at, np.array([expected[arm] for arm in range(len(codes))]))
        regret.append(world.regret(at, chosen))
        observation = world.observation(at, chosen, [1.0] * len(chosen))
        taken = [int(codes[arm] in observation.taken) for arm in chosen]
        bandit.partial_fit(chosen, taken, np.repeat(row, len(chosen), axis=0))
    return regret


def draw_regret(curves: RegretCurves, path: Path) -> None:
    """The cumulative regret after the change as a picture (PNG or SVG, by the name's ending)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.4), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    for name, values, colour in (
        ("uncorrected model", curves.static, "#8a8f98"),
        (f"LinTS (α = {curves.lints_alpha:g})", curves.lints, "#c98a2b"),
        (f"LinUCB (α = {curves.linucb_alpha:g})", curves.linucb, "#3a7ca5"),
        ("corrected model", curves.corrected, "#1b7f5c"),
    ):
        line = np.cumsum(values)
        axes.plot(np.arange(1, len(line) + 1), line, color=colour, linewidth=2)
        axes.annotate(
            f"{name}  {line[-1]:.0f}", (len(line), line[-1]), (6, 0), textcoords="offset points", va="center",
            color=colour, fontsize=9,
        )  # fmt: skip
    axes.set_xlim(0, len(curves.static) * 1.36)
    axes.set_xticks(np.linspace(0, len(curves.static), 5))
    axes.set_ylim(0, None)
    axes.set_xlabel("visits with feedback after the change of taste")
    axes.set_ylabel("cumulative regret (products not taken)")
    axes.set_title("Simulated bank: what a change of taste costs", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e6e8eb", linewidth=0.8)
    figure.savefig(path)
