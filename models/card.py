"""The model card: what an artefact is, what it was trained on, how good it is, and how to know that it is unaltered.
Pure."""

from __future__ import annotations

import msgspec

from models.errors import ArtefactError

CARD_FORMAT = 1


class DataSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data that a model was trained on; `sha256` of the very bytes, or of the generator's records."""

    name: str
    title: str
    source: str
    licence: str
    sha256: str
    customers: int
    train_customers: int
    test_customers: int


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure with its 95 % bootstrap interval over customers."""

    value: float
    low: float
    high: float


class Ranking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well a ranker finds the hidden product, over `customers`; `map_at_5` is the mean reciprocal rank cut at 5."""

    customers: int
    hit_at_1: Figure
    hit_at_3: Figure
    map_at_5: Figure
    ndcg_at_5: Figure


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ranker's figures: on all customers, and on those whose hidden product is not one of the two commonest."""

    ranker: str
    all: Ranking
    less_common: Ranking


class Gain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The model's hit@3 minus another ranker's on the same customers, with the paired 95 % bootstrap interval."""

    over: str
    all: Figure
    less_common: Figure


class Learner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the weights were found. `c_grid` was searched by cross-validation inside the training part only."""

    method: str
    seed: int
    c: float
    c_grid: tuple[float, ...]
    samples: int
    unseen_products: tuple[str, ...]


class ModelCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `card.json` says."""

    format: int
    name: str
    version: str
    catalogue: str
    products: tuple[str, ...]
    features: tuple[str, ...]
    feature_hash: str
    model_sha256: str
    model_bytes: int
    parity_max_abs: float
    data: DataSource
    protocol: str
    learner: Learner
    two_commonest: tuple[str, ...]
    held_out: tuple[Measured, ...]
    gains: tuple[Gain, ...]
    cross_validated: tuple[Measured, ...]
    limits: str


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
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"
