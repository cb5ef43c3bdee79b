"""Features: one function for training and serving, documented order, bad values counted and put right in the file."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from models.catalogue import Catalogue, NumberColumn, decode_catalogue, encode_catalogue
from models.catalogues import load_catalogue
from models.columns import EventWindow
from models.customers import CustomerRecord, Event
from models.errors import FeatureError
from models.features import FeatureSpace, FloatMatrix, Rows
from models.scorer import OnnxScorer
from models.simulation import AS_OF
from models.training.samples import Encoder
from tests.unit.models.banks import INF, NAN, Seen, bank, catalogues, choice, named, number, some_raw

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PLAIN = bank(
    [
        number("income", low=-100.0, high=1000.0, default=20.0, scale="log", missing_flag=True),
        choice("home", 1, 2, 7),
        number("age", low=18.0, high=90.0, default=40.0),
        number("children", low=0.0, high=9.0, default=1.0, missing_flag=True),
    ]
)
SPACE = FeatureSpace(PLAIN)
WHOLE = {"age": 54.0, "children": 2.0, "income": 99.0, "home": 2.0}


def encoded(catalogue: Catalogue, rows: FloatMatrix) -> list[dict[str, float]]:
    """The encoded rows by entry."""
    space = FeatureSpace(catalogue)
    return [dict(zip(space.names, row, strict=True)) for row in Encoder(space)(rows).tolist()]


def test_raw_and_encoded_rows_have_the_documented_order() -> None:
    assert SPACE.raw_names == ("age", "children", "income", "home", "held:p0", "held:p1", "held:p2")
    assert SPACE.names == (
        *("age", "children", "income"),
        *("children?", "income?"),
        *("home=1", "home=2", "home=7"),
        *("held:p0", "held:p1", "held:p2"),
    )
    rows = SPACE.rows([Seen(WHOLE, frozenset({"p1"}))])
    assert rows.matrix.dtype == np.float32
    assert rows.matrix.tolist() == [[54.0, 2.0, 99.0, 2.0, 0.0, 1.0, 0.0]]
    assert SPACE.held(rows.matrix).tolist() == [[False, True, False]]


def test_the_encoding_of_a_customer_worked_by_hand() -> None:
    (row,) = encoded(PLAIN, SPACE.rows([Seen(WHOLE, frozenset({"p1"}))]).matrix)
    low, high = -math.log1p(100.0), math.log1p(1000.0)
    assert row == pytest.approx(
        {
            "age": (54 - 18) / (90 - 18),
            "children": 2 / 9,
            "income": (math.log1p(99.0) - low) / (high - low),
            "children?": 0.0,
            "income?": 0.0,
            "home=1": 0.0,
            "home=2": 1.0,
            "home=7": 0.0,
            "held:p0": 0.0,
            "held:p1": 1.0,
            "held:p2": 0.0,
        },
        abs=1e-6,
    )


@pytest.mark.req("W-04")
def test_a_missing_value_is_the_default_and_its_flag() -> None:
    there, absent, given_as_nan = encoded(
        PLAIN,
        SPACE.rows(
            [Seen({**WHOLE, "children": 1.0}), Seen({"age": 54.0, "income": 99.0}), Seen({**WHOLE, "age": NAN})]
        ).matrix,
    )
    assert absent == pytest.approx({**there, "children?": 1.0, "home=2": 0.0}, abs=1e-6)
    assert given_as_nan["age"] == pytest.approx((40 - 18) / (90 - 18))
    rows = SPACE.rows([Seen({}), Seen({**WHOLE, "age": NAN})])
    assert SPACE.count(rows).missing == {"age": 2, "children": 1, "income": 1, "home": 1}
    assert not SPACE.count(rows).out_of_range


@pytest.mark.req("W-04")
def test_values_out_of_range_are_clipped_and_unseen_choices_are_none() -> None:
    rows = SPACE.rows(
        [
            Seen({**WHOLE, "age": 300.0, "home": 3.0}, frozenset({"p1", "yacht"})),
            Seen({**WHOLE, "age": -INF, "income": INF, "home": INF}, frozenset({"yacht"})),
            Seen({**WHOLE, "age": 1e300, "home": 2.5}),
        ]
    )
    first, second, third = encoded(PLAIN, rows.matrix)
    assert (first["age"], second["age"], second["income"], third["age"]) == pytest.approx((1.0, 0.0, 1.0, 1.0))
    for row in (first, second, third):
        assert [row[f"home={value}"] for value in (1, 2, 7)] == [0.0, 0.0, 0.0]
        assert not row["income?"]
    counts = SPACE.count(rows)
    assert counts.out_of_range == {"age": 3, "income": 1, "home": 3}
    assert counts.missing == {}
    assert counts.unknown_holdings == {"yacht": 2}


def test_holdings_are_kept_but_never_what_was_not_counted() -> None:
    space = FeatureSpace(PLAIN)
    strange = Seen(WHOLE, frozenset({"p2", "yacht"}))
    for _ in range(3):
        rows = space.rows([strange, Seen(WHOLE, frozenset({"p2"})), strange])
        assert rows.unknown_holdings == {"yacht": 2}
        assert space.held(rows.matrix).tolist() == [[False, False, True]] * 3


@pytest.mark.parametrize("value", ["old", None, [1.0], 10**400])
def test_a_value_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(FeatureError, match="profile value is not a number"):
        SPACE.rows([Seen({**WHOLE, "age": value})])  # type: ignore[dict-item]


def _resolution(column: NumberColumn) -> float:
    """How exact four bytes are on a column's range: less so the narrower and farther from zero it is."""
    ends = np.array([column.low, column.high])
    low, high = np.sign(ends) * np.log1p(np.abs(ends)) if column.scale == "log" else ends
    return float(2.0**-22 * max(1.0, abs(low), abs(high)) / min(1.0, high - low))


@pytest.mark.req("W-04")
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_the_profile_the_encoding_is_finite_and_within_0_and_1(data: st.DataObject) -> None:
    space = FeatureSpace(data.draw(catalogues()))
    values = st.floats(allow_nan=True, allow_infinity=True)
    profile = data.draw(st.dictionaries(st.sampled_from([*space.columns, "other"]), values))
    holdings = data.draw(st.frozensets(st.sampled_from([*space.catalogue.product_codes, "yacht"])))
    matrix = Encoder(space)(space.rows([Seen(profile, holdings)]).matrix)
    assert np.isfinite(matrix).all()
    slack = max((_resolution(column) for column in space.numbers), default=0.0)
    assert matrix.min() >= -slack
    assert matrix.max() <= 1.0 + slack


@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_one_by_one_and_in_a_batch_are_the_same_bits(data: st.DataObject, seed: int) -> None:
    space = FeatureSpace(data.draw(catalogues()))
    raw = some_raw(space, np.random.default_rng(seed), 12)
    encode = Encoder(space)
    assert encode(raw).tobytes() == b"".join(encode(raw[at : at + 1]).tobytes() for at in range(len(raw)))


@pytest.mark.req("W-04")
def test_training_and_serving_compute_the_same_rows(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    space = bank_scorer.space
    together = space.rows(bank_customers, AS_OF).matrix
    alone = b"".join(space.rows([record], AS_OF).matrix.tobytes() for record in bank_customers)
    assert together.tobytes() == alone
    served = bank_scorer.score_rows(Rows(together, {})).encoded
    assert Encoder(space)(together).tobytes() == served.tobytes()


@pytest.mark.req("W-04")
def test_events_of_the_customer_become_numbers_of_their_window() -> None:
    looked = EventWindow(table="app", measure="count", kinds=("home",), days=14.0)
    space = FeatureSpace(bank([number("n"), number("looked", default=0.0, window=looked)]))
    events = tuple(Event("app", NOW - timedelta(days=days), "home") for days in (0, 1, 14, 15))
    rows = space.rows([Seen({"n": 3.0, "looked": 9.0}, events=events), Seen({"n": 4.0})], NOW)
    assert rows.matrix[:, :2].tolist() == [[3.0, 2.0], [4.0, 0.0]]
    with pytest.raises(FeatureError, match=r"say the moment of the analysis \(now\)"):
        space.rows([Seen({"n": 3.0})])


def test_no_customers_give_no_rows() -> None:
    windowed = FeatureSpace(bank([number("n", window=EventWindow("app", "count"))]))
    for space in (SPACE, windowed, FeatureSpace(bank([]))):
        rows = space.rows([])
        assert rows.matrix.shape == (0, space.raw_size)
        assert Encoder(space)(rows.matrix).shape == (0, space.size)
        assert space.count(rows).missing == {}


@pytest.mark.parametrize("columns", [[], [number("only")], [choice("only", 1, 2)]])
def test_banks_with_hardly_a_column_work(columns: list[NumberColumn]) -> None:
    space = FeatureSpace(bank(columns))
    rows = space.rows([Seen({"only": 2.0}, frozenset({"p0"})), Seen({})])
    assert rows.matrix.shape == (2, len(columns) + 3)
    assert Encoder(space)(rows.matrix)[0, space.holdings_start :].tolist() == [1.0, 0.0, 0.0]


@given(catalogues())
@settings(max_examples=25, deadline=None)
def test_the_groups_cover_the_encoded_row_once(catalogue: Catalogue) -> None:
    space = FeatureSpace(catalogue)
    entries = [entry for group in space.groups for entry in group.entries]
    assert sorted(entries) == list(range(space.size))
    assert sorted(group.raw for group in space.groups) == list(range(space.raw_size))
    for group in space.groups:
        assert space.raw_names[group.raw] in (group.subject, f"held:{group.subject}")
        assert all(group.subject in space.names[entry] for entry in group.entries)


WINDOWED = bank([number("n", window=EventWindow("app", "sum", ("a", "b"), 14.0)), number("m"), choice("home", 1, 2)])


def _column(**changes: object) -> Callable[[Catalogue], Catalogue]:
    def changed(catalogue: Catalogue) -> Catalogue:
        first, *others = catalogue.profile
        return structs.replace(catalogue, profile=(structs.replace(first, **changes), *others))

    return changed


def _window(**changes: object) -> Callable[[Catalogue], Catalogue]:
    def changed(catalogue: Catalogue) -> Catalogue:
        first, *others = catalogue.profile
        assert isinstance(first, NumberColumn)
        assert first.window is not None
        altered = structs.replace(first, window=structs.replace(first.window, **changes))
        return structs.replace(catalogue, profile=(altered, *others))

    return changed


CHANGES: dict[str, Callable[[Catalogue], Catalogue]] = {
    "code": _column(code="k"),
    "low": _column(low=-1.0),
    "high": _column(high=11.0),
    "default": _column(default=6.0),
    "scale": _column(scale="log"),
    "flag": _column(missing_flag=True),
    "no window": _column(window=None),
    "table": _window(table="web"),
    "measure": _window(measure="mean"),
    "kinds": _window(kinds=("a",)),
    "days": _window(days=15.0),
    "ever": _window(days=None),
    "choice": lambda one: structs.replace(one, profile=(*one.profile[:2], choice("home", 1, 3))),
    "order of choices": lambda one: structs.replace(one, profile=(*one.profile[:2], choice("home", 2, 1))),
    "order of columns": lambda one: structs.replace(one, profile=(one.profile[1], one.profile[0], one.profile[2])),
    "a column less": lambda one: structs.replace(one, profile=one.profile[:2]),
    "order of products": lambda one: structs.replace(one, product=one.product[::-1]),
    "a product less": lambda one: structs.replace(one, product=one.product[:2]),
}


@pytest.mark.req("W-04")
def test_the_hash_follows_everything_that_changes_a_row() -> None:
    hashes = {FeatureSpace(change(WINDOWED)).hash for change in CHANGES.values()}
    assert len(hashes | {FeatureSpace(WINDOWED).hash}) == len(CHANGES) + 1


def test_the_hash_is_the_same_for_the_same_rows() -> None:
    assert FeatureSpace(load_catalogue("simbank")).hash == FeatureSpace(load_catalogue("simbank")).hash
    renamed = structs.replace(WINDOWED, name="other", title=named("Other"), policy=PLAIN.policy)
    assert FeatureSpace(renamed).hash == FeatureSpace(WINDOWED).hash


def test_the_hash_survives_the_way_through_a_file() -> None:
    """Whole numbers given without a point come back with one."""
    whole = _window(days=14)(_column(low=0, high=10, default=5)(WINDOWED))
    again = decode_catalogue(encode_catalogue(whole), origin="a test")
    assert FeatureSpace(again).hash == FeatureSpace(whole).hash == FeatureSpace(WINDOWED).hash
