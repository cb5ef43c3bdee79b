"""The model card: what an artefact is, what it was trained on, how good it is, and how to know that it is unaltered.
Pure."""

from __future__ import annotations

import msgspec

from models.drift import Histogram
from models.errors import ArtefactError

CARD_FORMAT = 2


class DataSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data that a model was trained on; `sha256` of the very bytes, or of the generator's records."""

    name: str
    title: str
    source: str
    licence: str
    sha256: str
    questions: int
    train_questions: int
    test_questions: int


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure with its 95 % bootstrap interval over questions."""

    value: float
    low: float
    high: float


class Ranking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well a ranker finds the wanted product, over `questions`; with one wanted product `map_at_3` is the mean
    reciprocal rank cut at 3."""

    questions: int
    hit_at_1: Figure
    hit_at_3: Figure
    map_at_3: Figure
    ndcg_at_3: Figure


class SegmentRanking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """hit@3 within one segment of customers."""

    segment: str
    questions: int
    hit_at_3: Figure


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ranker's figures: on all questions, and on those whose wanted product is not one of the two commonest.

    `ece`: expected calibration error of the first product's probability, 15 bins of equal size (Guo et al., "On
    Calibration of Modern Neural Networks", 2017; Nixon et al. 2019 for the bins). `coverage`: share of the catalogue
    that is among anybody's first three. `auc`: mean over products of the area under the ROC curve, of those who may
    buy it; the figure to read where there are two products only.
    """

    ranker: str
    all: Ranking
    less_common: Ranking
    ece: float
    coverage: float
    segments: tuple[SegmentRanking, ...] = ()
    auc: float | None = None


class Gain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The model's hit@3 minus another ranker's on the same questions, with the paired 95 % bootstrap interval."""

    over: str
    all: Figure
    less_common: Figure


class Learner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the weights were found. `c_grid` was searched inside the training part only; `rounds` of trees were worth it
    (0: a linear model); `temperature` divides the scores so that the probabilities are calibrated."""

    method: str
    seed: int
    c: float
    c_grid: tuple[float, ...]
    samples: int
    rounds: int
    trees: int
    temperature: float
    unseen_products: tuple[str, ...]


class Quantisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What eight bits a weight cost: the loss of hit@3 inside the training part, and the file's size either way."""

    adopted: bool
    hit_at_3_loss: float
    float_bytes: int
    int8_bytes: int


class Corrected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a corrected model differs from its parent: from which feedback (W-16), and the digest of the learner's
    state."""

    parent: str
    observations: int
    state_sha256: str


class ModelCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `card.json` says."""

    format: int
    name: str
    version: str
    catalogue: str
    products: tuple[str, ...]
    inputs: tuple[str, ...]
    features: tuple[str, ...]
    feature_hash: str
    model_sha256: str
    model_bytes: int
    parity_max_abs: float
    data: DataSource
    protocol: str
    learner: Learner
    quantisation: Quantisation
    two_commonest: tuple[str, ...]
    held_out: tuple[Measured, ...]
    gains: tuple[Gain, ...]
    cross_validated: tuple[Measured, ...]
    reference: tuple[Histogram, ...]
    limits: str
    corrected: Corrected | None = None


def decode_card(content: bytes, *, origin: str) -> ModelCard:
    """The card in `content`; `ArtefactError` names the key that is wrong and what is allowed."""
    try:
        card = msgspec.json.decode(content, type=ModelCard)
    except msgspec.DecodeError as error:
        raise ArtefactError(f"{origin}: not a model card: {error}; train the model again") from error
    if card.format != CARD_FORMAT:
        raise ArtefactError(
            f"{origin}: format = {card.format}, this release reads {CARD_FORMAT}; train the model again"
        )
    return card


def encode_card(card: ModelCard) -> bytes:
    """The card as indented JSON, equal cards as equal bytes."""
    return msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n"
