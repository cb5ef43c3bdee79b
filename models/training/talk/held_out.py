"""A card's figures: what a model said of the rows held out, and what simpler methods said of the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from models.talk.sets.baselines import figures_of
from models.talk.sets.card import HeldOutFigures
from models.talk.sets.report import Baseline, accuracy, class_figures, macro_f1, wilson

Said = Mapping[str, tuple[str, Sequence[str]]]
"""By a method's name: what it is, and what it said of each row."""


def held_out_figures(
    truth: Sequence[str], said: Sequence[str], beside: Said, others: Mapping[str, float] | None = None
) -> HeldOutFigures:
    """Figures of what a model ``said`` of rows of one class each, and of the methods ``beside`` it."""
    share = accuracy(truth, said)
    return HeldOutFigures(
        n=len(truth),
        accuracy=share,
        accuracy_interval=wilson(share, len(truth)),
        macro_f1=macro_f1(class_figures(truth, said)),
        others=others or {},
        baselines=for_card({name: figures_of(truth, other, what) for name, (what, other) in beside.items()}),
    )


def for_card(baselines: Mapping[str, Baseline]) -> dict[str, Baseline]:
    """The same, as a card keeps them: measured when the model was trained."""
    return {name: msgspec.structs.replace(one, measured="card") for name, one in baselines.items()}
