"""Features: one function for training and serving, documented order, bad values put right and counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord
from models.errors import FeatureError
from models.features import FeatureSpace
from models.training.samples import hidden_samples

BANK = load_catalogue("simbank")
SPACE = FeatureSpace(BANK)


@dataclass(frozen=True)
class Seen:
    profile: Mapping[str, float]
    holdings: frozenset[str] = frozenset()


DEFAULTS: dict[str, float] = {column.code: float(column.default) for column in BANK.profile}


def test_the_vector_has_the_documented_order_and_scale() -> None:
    vectors = SPACE.vectors([Seen({**DEFAULTS, "age": 54.0, "segment": 5.0}, frozenset({"mortgage"}))])
    vector = dict(zip(SPACE.names, vectors.matrix[0].tolist(), strict=True))
    assert vectors.matrix.dtype == np.float32
    assert vector["age"] == pytest.approx((54 - 18) / (90 - 18))
    assert [name for name, value in vector.items() if name.startswith("segment=") and value] == ["segment=5"]
    assert [name for name, value in vector.items() if name.startswith("held:") and value] == ["held:mortgage"]
    assert not vectors.missing
    assert not vectors.out_of_range
    assert not vectors.unknown_holdings


@pytest.mark.req("W-04")
def test_training_and_serving_compute_the_same_vector(bank_customers: list[CustomerRecord]) -> None:
    trained = hidden_samples(SPACE, bank_customers).matrix
    served = np.vstack([SPACE.vectors([record]).matrix for record in bank_customers])
    assert trained.tobytes() == served.tobytes()


def test_missing_values_become_the_declared_default_and_are_counted() -> None:
    whole = SPACE.vectors([Seen(DEFAULTS)]).matrix
    gaps = {code: value for code, value in DEFAULTS.items() if code != "age"} | {
        "children": math.nan,
        "segment": math.inf,
    }
    vectors = SPACE.vectors([Seen(gaps), Seen(DEFAULTS)])
    assert np.array_equal(vectors.matrix, np.vstack([whole, whole]))
    assert vectors.missing == {"age": 1, "children": 1, "segment": 1}


def test_values_out_of_range_are_clipped_and_counted() -> None:
    vectors = SPACE.vectors([Seen({**DEFAULTS, "age": 300.0, "segment": 99.0}, frozenset({"yacht"}))])
    vector = dict(zip(SPACE.names, vectors.matrix[0].tolist(), strict=True))
    assert vector["age"] == 1.0
    assert vector[f"segment={DEFAULTS['segment']:g}"] == 1.0
    assert vectors.out_of_range == {"age": 1, "segment": 1}
    assert vectors.unknown_holdings == {"yacht": 1}


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(FeatureError, match="not a number"):
        SPACE.vectors([Seen({**DEFAULTS, "age": "old"})])  # type: ignore[dict-item]


@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS)), st.floats(allow_nan=True, allow_infinity=True)))
def test_whatever_the_profile_the_vector_is_finite_and_within_0_and_1(profile: dict[str, float]) -> None:
    matrix = SPACE.vectors([Seen(profile)]).matrix
    assert np.isfinite(matrix).all()
    assert (matrix >= 0.0).all()
    assert (matrix <= 1.0).all()


def test_raw_values_can_be_read_back() -> None:
    row = SPACE.vectors([Seen({**DEFAULTS, "age": 54.0, "segment": 5.0}, frozenset({"mortgage"}))]).matrix[0]
    values = {group.subject: SPACE.raw_value(group, row) for group in SPACE.groups}
    assert (values["age"], values["segment"], values["mortgage"], values["car_loan"]) == (54.0, 5.0, 1.0, 0.0)


def test_the_groups_cover_the_vector_once_in_order() -> None:
    ends = [0, *(group.stop for group in SPACE.groups)]
    assert [group.start for group in SPACE.groups] == ends[:-1]
    assert ends[-1] == SPACE.size == len(SPACE.names)


def test_the_hash_is_stable_and_follows_every_change() -> None:
    assert FeatureSpace(load_catalogue("simbank")).hash == SPACE.hash
    assert FeatureSpace(load_catalogue("coil2000")).hash != SPACE.hash
    assert FeatureSpace(_without_last_column(BANK)).hash != SPACE.hash
    assert SPACE.vectors([]).matrix.shape == (0, SPACE.size)


def _without_last_column(catalogue: Catalogue) -> Catalogue:
    return Catalogue(
        name=catalogue.name,
        title=catalogue.title,
        category=catalogue.category,
        product=catalogue.product,
        business=catalogue.business,
        profile=catalogue.profile[:-1],
    )
