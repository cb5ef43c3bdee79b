"""The plots of the gate's report, as matplotlib figures."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.evaluation.estimators import item_weights
from models.evaluation.expectation import log_shares
from models.evaluation.gate import Verdict
from models.evaluation.visits import LoggedVisits, Policy

CANDIDATE, CURRENT, INK, BAD, GOOD = "#3a7ca5", "#8a8f98", "#1f2328", "#a8442a", "#1b7f5c"
_NAMES = {"ipw": "inverse propensity", "snipw": "self-normalised", "dr": "doubly robust"}
_BINS = 10
_FEWEST = 30
_MOST_PRODUCTS = 12


def _figure(height: float = 3.2) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.6, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    return figure, axes


def gains(verdict: Verdict) -> Figure:
    """The gain's interval by each estimator, with the least that is needed."""
    figure, axes = _figure(2.4)
    for at, (name, interval) in enumerate(reversed(verdict.estimators.items())):
        decides = name == verdict.estimator.value
        colour = (GOOD if verdict.published else BAD) if decides else CURRENT
        axes.plot([interval.lower, interval.upper], [at, at], color=colour, linewidth=3 if decides else 2)
        axes.plot([interval.value], [at], "o", color=colour, markersize=7 if decides else 5)
    names = [_NAMES[name] + (" (decides)" if name == verdict.estimator.value else "") for name in verdict.estimators]
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.axvline(-verdict.epsilon, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    middle = sum(axes.get_xlim()) / 2.0
    side = -1 if -verdict.epsilon > middle else 1
    axes.annotate(
        f"needed: {-verdict.epsilon:+g}", (-verdict.epsilon, 1.0), (3 * side, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", fontsize=8, color=INK, va="top", ha="right" if side < 0 else "left",
    )  # fmt: skip
    axes.set_xlabel("gain in products taken a visit", fontsize=9)
    return figure


def products(verdict: Verdict) -> Figure:
    """The products that change the gain most, with intervals."""
    moved = sorted(verdict.products, key=lambda product: -abs(product.gain.value))[:_MOST_PRODUCTS]
    moved = sorted((product for product in moved if product.gain.value), key=lambda product: product.gain.value)
    figure, axes = _figure(1.2 + 0.24 * max(len(moved), 3))
    for at, product in enumerate(moved):
        interval = product.gain
        colour = GOOD if interval.lower > 0.0 else BAD if interval.upper < 0.0 else CURRENT
        axes.plot([interval.lower, interval.upper], [at, at], color=colour, linewidth=2)
        axes.plot([interval.value], [at], "o", color=colour, markersize=5)
    axes.set_yticks(range(len(moved)), [product.code.replace("_", " ") for product in moved])
    axes.axvline(0.0, color=INK, linewidth=0.8)
    axes.set_xlabel("gain in products taken a visit", fontsize=9)
    return figure


def calibration(visits: LoggedVisits, candidate: Policy, current: Policy) -> Figure:
    """How often products were taken, by the share that each model gives them among those on offer."""
    figure, axes = _figure()
    for policy, colour in ((current, CURRENT), (candidate, CANDIDATE)):
        share = np.exp(log_shares(policy, visits))[visits.shown]
        taken = visits.taken[visits.shown].astype(np.float64)
        edges = np.unique(np.quantile(share, np.linspace(0.0, 1.0, _BINS + 1))) if len(share) else np.zeros(0)
        place = np.digitize(share, edges[1:-1])
        middles = [share[place == at].mean() for at in range(len(edges) - 1) if (place == at).sum() >= _FEWEST]
        rates = [taken[place == at].mean() for at in range(len(edges) - 1) if (place == at).sum() >= _FEWEST]
        axes.plot(middles, rates, "o-", color=colour, markersize=4, linewidth=1.5, label=policy.name)
    axes.set_xlabel("the model's share for the product", fontsize=9)
    axes.set_ylabel("share taken", fontsize=9)
    axes.set_ylim(0.0, None)
    if axes.lines:
        axes.legend(frameon=False, fontsize=8)
    return figure


def propensities(visits: LoggedVisits, candidate: Policy, current: Policy, verdict: Verdict) -> Figure:
    """The propensities of what was shown, all and where the two models differ."""
    figure, axes = _figure()
    newly = visits.shown & (candidate.inclusion > current.inclusion)
    given = visits.propensity[visits.shown]
    low = float(np.log10(given.min())) if len(given) else -1.0
    bins = np.logspace(min(low, -1.0) - 0.05, 0.0, 25).tolist()
    axes.hist(given, bins=bins, color="#d5d9de", label="all that was shown")
    axes.hist(visits.propensity[newly], bins=bins, color=CANDIDATE, label="what the candidate newly shows")
    axes.set_xscale("log")
    axes.set_yscale("log")
    heaviest = float(item_weights(visits, candidate).max()) if len(given) else 0.0
    axes.set_xlabel("propensity", fontsize=9)
    axes.set_ylabel("products shown", fontsize=9)
    axes.set_title(
        f"effective size of what is new {verdict.effective:.0f}, heaviest weight {heaviest:.0f}",
        fontsize=9, loc="left", color=INK,
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=8)
    return figure
