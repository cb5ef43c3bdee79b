"""What an evaluation says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import msgspec

Z_95 = 1.959963984540054


class Interval(msgspec.Struct, frozen=True):
    """A 95 % interval."""

    low: float
    high: float


class ClassFigures(msgspec.Struct, frozen=True):
    """One class: ``n`` rows have it."""

    precision: float
    recall: float
    f1: float
    n: int


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A simpler method's figures beside the model's. ``measured``: "here" on the same rows in this run, "card" on the
    validation part when the model was trained, "published" by somebody else on other rows. ``what``: the method."""

    what: str
    measured: str
    accuracy: float | None = None
    macro_f1: float | None = None
    micro_f1: float | None = None
    n: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of a model on a set's rows, each between 0 and 1.

    ``accuracy_interval``: Wilson's, 95 %. ``macro_f1``: mean F1 over the classes that the rows have.
    ``seen_in_training``: how many of the ``n`` rows the model was trained on; absent where the training files are not
    here to compare. ``others``: further figures of the set, by name.
    """

    set: str
    model: str
    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    baselines: dict[str, Baseline]
    micro_f1: float | None = None
    classes: dict[str, ClassFigures] = {}
    others: dict[str, float] = {}
    seen_in_training: int | None = None
    notes: tuple[str, ...] = ()


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """The share of rows whose predicted class is the true one."""
    return sum(a == b for a, b in zip(truth, predicted, strict=True)) / len(truth)


def single_report(
    name: str,
    model: str,
    truth: Sequence[str],
    predicted: Sequence[str],
    baselines: dict[str, Baseline],
    *,
    others: dict[str, float] | None = None,
    seen: int | None = None,
    notes: tuple[str, ...] = (),
) -> Report:
    """The report on rows of one class each."""
    share = accuracy(truth, predicted)
    classes = class_figures(truth, predicted)
    return Report(
        set=name,
        model=model,
        n=len(truth),
        accuracy=share,
        accuracy_interval=wilson(share, len(truth)),
        macro_f1=macro_f1(classes),
        baselines=baselines,
        classes=classes,
        others=others or {},
        seen_in_training=seen,
        notes=notes,
    )


def wilson(share: float, n: int) -> Interval:
    """The 95 % interval of a share seen in ``n`` rows. E. B. Wilson, JASA 22, 1927."""
    centre = share + Z_95**2 / (2 * n)
    half = Z_95 * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    below = 1 + Z_95**2 / n
    return Interval(max(0.0, (centre - half) / below), min(1.0, (centre + half) / below))


def class_figures(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, ClassFigures]:
    """Precision, recall and F1 of every class that the rows have, by name; 0 where nothing was predicted."""
    return label_figures([{label} for label in truth], [{label} for label in predicted])


def label_figures(truth: Sequence[set[str]], predicted: Sequence[set[str]]) -> dict[str, ClassFigures]:
    """As `class_figures`, for rows with any number of labels."""
    found = {}
    for label in sorted(set().union(*truth)):
        both = sum(label in a and label in b for a, b in zip(truth, predicted, strict=True))
        said = sum(label in row for row in predicted)
        there = sum(label in row for row in truth)
        f1 = 2 * both / (said + there)
        found[label] = ClassFigures(both / said if said else 0.0, both / there, f1, there)
    return found


def macro_f1(classes: dict[str, ClassFigures]) -> float:
    """The mean F1 of the classes; 0 without any."""
    return sum(one.f1 for one in classes.values()) / len(classes) if classes else 0.0


def micro_f1(truth: Sequence[set[str]], predicted: Sequence[set[str]]) -> float:
    """F1 over all labels of all rows together; 0 where there is none."""
    both = sum(len(a & b) for a, b in zip(truth, predicted, strict=True))
    total = sum(len(row) for row in truth) + sum(len(row) for row in predicted)
    return 2 * both / total if total else 0.0
