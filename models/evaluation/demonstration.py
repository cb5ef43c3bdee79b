"""A log of the simulated bank after a change of taste, a poisoned candidate and one corrected by feedback. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np

from models.catalogue import Catalogue
from models.correction.corrector import Corrector, CorrectorSettings
from models.correction.lessons import BaseScorer, raw_rows
from models.correction.projection import chosen, informative, joined
from models.evaluation.visits import Floats
from models.exploration import explore
from models.features import FeatureSpace
from models.feedback import Observation, Shown
from models.policy_figures import SHOWN, PolicyFigures
from models.simulation.environment import Environment, TasteChange
from models.weights import RankingModel

_INFORMATIVE = 9
_PROBED = 1000


class DemonstrationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many visits are logged, the simulator's seed, and how often the third place is left to chance."""

    visits: int = 6000
    seed: int = 11
    explore_epsilon: float = 0.4
    explore_temperature: float = 2.0


class BaseModel(BaseScorer, Protocol):
    """A trained model with its weights at hand, such as an `OnnxScorer`."""

    @property
    def space(self) -> FeatureSpace: ...

    @property
    def model(self) -> RankingModel: ...

    @property
    def version(self) -> str: ...


def simulated_log(base: BaseModel, settings: DemonstrationSettings) -> list[Observation]:
    """Visits of customers whose taste has changed since the model was trained, planned by it with exploration; in the
    order in which feedback was given."""
    environment = Environment(settings.seed, changes=(TasteChange(at=0),))
    codes = environment.catalogue.product_codes
    figures = PolicyFigures(explore_epsilon=settings.explore_epsilon, explore_temperature=settings.explore_temperature)
    log = []
    for number in range(settings.visits):
        visit = environment.visit(number)
        rows = base.space.rows([visit.customer], visit.at)
        score = base.score_rows(rows).score[0].astype(np.float64)
        open_to = environment.accept_probabilities(visit) > 0.0
        order = [at for at in np.argsort(-score, kind="stable").tolist() if open_to[at]]
        if not order:
            continue
        odds = np.exp(score - score[order[0]])
        key = f"visit-{number:07d}"
        plan = explore(order, odds.tolist(), figures, key=key, version=base.version)
        shown = [codes[at] for at in plan.order[:SHOWN]]
        outcome = environment.accept(visit, shown)
        log.append(
            Observation(
                id=key,
                at=visit.at + outcome.delay,
                model=base.version,
                feature_hash=base.feature_hash,
                raw=rows.matrix[0].astype("<f4").tobytes(),
                offered=tuple(codes[at] for at in order),
                shown=tuple(Shown(code, share) for code, share in zip(shown, plan.propensities, strict=False)),
                taken=outcome.taken,
                refused=outcome.refused,
                match_score=len(outcome.taken) / len(shown),
            )
        )
    return sorted(log, key=lambda observation: (observation.at, observation.id))


def poisoned(model: RankingModel) -> RankingModel:
    """The model with the sign of every weight turned: it prefers what the customer wants least."""
    return model.shifted(-2.0 * model.base, -2.0 * model.coefficient)


def corrected(
    base: BaseModel, log: Sequence[Observation], settings: CorrectorSettings | None = None
) -> tuple[RankingModel, Corrector]:
    """The model after learning from the log, and who learned."""
    corrector = corrector_of(base, log, settings)
    for observation in log:
        corrector.update(observation)
    found = corrector.correction()
    return base.model.shifted(found.intercept, found.slope), corrector


def corrector_of(base: BaseModel, log: Sequence[Observation], settings: CorrectorSettings | None = None) -> Corrector:
    """A corrector of the model that tells customers apart by their segment, where there is one, and by what the model's
    own scores differ in, as seen on the first visits of the log."""
    catalogue: Catalogue = base.space.catalogue
    encoded = base.score_rows(raw_rows(log[:_PROBED])).encoded.astype(np.float64)
    segments = tuple(at for at, name in enumerate(base.space.names) if name.startswith("segment="))
    projection = joined(chosen(encoded, segments), informative(encoded, base.model.coefficient, _INFORMATIVE))
    categories = [product.category for product in catalogue.product]
    return Corrector(base, catalogue.product_codes, categories, projection, settings)


def scores(base: BaseModel, model: RankingModel, log: Sequence[Observation]) -> Floats:
    """The scores of a model with the base's input on the visits of a log, [N, K]."""
    return model.scores(base.score_rows(raw_rows(log)).encoded)
