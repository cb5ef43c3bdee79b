"""Customers → training samples and test cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.customers import CustomerRecord
from models.errors import TrainingError
from models.features import FeatureSpace, FloatMatrix

Positions = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Samples:
    """Feature vectors, the wanted product's position per row, a weight per row, and which products are held."""

    matrix: FloatMatrix
    wanted: Positions
    weight: Weights
    held: Mask

    def __len__(self) -> int:
        return len(self.wanted)


@dataclass(frozen=True, slots=True)
class _Seen:
    profile: Mapping[str, float]
    holdings: frozenset[str]


def hidden_samples(space: FeatureSpace, records: Sequence[CustomerRecord]) -> Samples:
    """One sample per customer with a hidden product: the protocol's own question."""
    return _samples(
        space,
        [
            (record, record.holdings, record.hidden_product, 1.0)
            for record in records
            if record.hidden_product is not None
        ],
    )


def leave_one_out_samples(space: FeatureSpace, records: Sequence[CustomerRecord]) -> Samples:
    """One sample per held product of a customer with a hidden one, each hidden in turn, weighing 1 per customer in all.

    The protocol hides one of the held products at random, so this is the expectation over its draw: the same question
    asked of every holding instead of one.
    """
    cases: list[tuple[CustomerRecord, frozenset[str], str, float]] = []
    for record in records:
        if record.hidden_product is None:
            continue
        everything = record.holdings | {record.hidden_product}
        cases += [(record, everything - {code}, code, 1.0 / len(everything)) for code in sorted(everything)]
    return _samples(space, cases)


def _samples(space: FeatureSpace, cases: Sequence[tuple[CustomerRecord, frozenset[str], str, float]]) -> Samples:
    if not cases:
        raise TrainingError("no customer of this part has a hidden product; training and measuring need some")
    position = {code: at for at, code in enumerate(space.catalogue.product_codes)}
    seen = [_Seen(record.profile, holdings) for record, holdings, _, _ in cases]
    vectors = space.vectors(seen)
    if vectors.unknown_holdings:
        raise TrainingError(f"holdings that the catalogue lacks: {dict(vectors.unknown_holdings)}")
    return Samples(
        matrix=vectors.matrix,
        wanted=np.array([position[wanted] for _, _, wanted, _ in cases], dtype=np.intp),
        weight=np.array([weight for _, _, _, weight in cases], dtype=np.float64),
        held=vectors.matrix[:, space.holdings_start :] > 0.0,
    )
