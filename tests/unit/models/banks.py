"""Small banks, customers and models of all kinds, for the tests of the ranking model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from msgspec import structs

from models.card import Learner, Quantisation
from models.catalogue import Business, Catalogue, Category, Choice, ChoiceColumn, Column, NumberColumn, Product
from models.columns import Scale
from models.customers import Event
from models.features import FeatureSpace, FloatMatrix
from models.names import Names
from models.scorer import OnnxScorer
from models.training.fitting import Fitted
from models.training.population import FOLDS, Population
from models.training.run import assemble
from models.trees import LEAVES, SPLITS, Trees
from models.weights import RankingModel

Floats = npt.NDArray[np.float64]

NAN = float("nan")
INF = float("inf")


def named(text: str) -> Names:
    """A name that is told from others in every language."""
    return Names(en=f"{text} en", zh=f"{text} zh", ko=f"{text} ko")


def bank(columns: Sequence[Column], products: Sequence[str] | Sequence[Product] = ("p0", "p1", "p2")) -> Catalogue:
    """A bank with these columns and products; a product is declared or just a code."""
    return Catalogue(
        name="small",
        title=named("Small"),
        category=(Category("things", named("Things")),),
        product=tuple(
            one if isinstance(one, Product) else Product(one, "things", named(one.upper())) for one in products
        ),
        business=(Business("cash", named("Cash")),),
        profile=tuple(columns),
    )


def number(code: str, **more: object) -> NumberColumn:
    """A number column from 0 to 10, unless told."""
    return structs.replace(NumberColumn(code, 0.0, 10.0, 5.0, named(code)), **more)


def choice(code: str, *values: int) -> ChoiceColumn:
    """A choice column with these values."""
    return ChoiceColumn(code, named(code), tuple(Choice(value, named(f"{code}{value}")) for value in values))


@dataclass(frozen=True)
class Seen:
    """A customer as a model sees them."""

    profile: Mapping[str, float]
    holdings: frozenset[str] = frozenset()
    events: tuple[Event, ...] = ()


SCALES: tuple[Scale, ...] = ("linear", "log")
_ends = st.floats(-1e4, 1e4, width=32).filter(lambda value: value == 0.0 or abs(value) > 1e-3)


@st.composite
def number_columns(draw: st.DrawFn, code: str) -> NumberColumn:
    """Number columns of all ranges and scales."""
    low = draw(_ends)
    high = low + draw(st.floats(0.5, 1e4, width=16))
    default = low + (high - low) * draw(st.sampled_from([0.0, 0.25, 1.0]))
    return NumberColumn(
        code, low, high, default, named(code), scale=draw(st.sampled_from(SCALES)), missing_flag=draw(st.booleans())
    )


@st.composite
def choice_columns(draw: st.DrawFn, code: str) -> ChoiceColumn:
    """Choice columns of two to four values."""
    return choice(code, *draw(st.lists(st.integers(-5, 99), min_size=2, max_size=4, unique=True)))


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Small banks: up to five columns of any kind in any order, two to five products."""
    count = draw(st.integers(0, 5))
    columns = [draw(number_columns(f"c{at}") | choice_columns(f"c{at}")) for at in range(count)]
    return bank(columns, [f"p{at}" for at in range(draw(st.integers(2, 5)))])


def some_raw(space: FeatureSpace, rng: np.random.Generator, count: int) -> FloatMatrix:
    """Raw rows: usual, missing, unseen, far outside; at least one product is not held."""
    raw = np.empty((count, space.raw_size), dtype=np.float32)
    for at, column in enumerate(space.numbers):
        width = column.high - column.low
        raw[:, at] = rng.uniform(column.low - width / 4, column.high + width / 4, count)
    for at, options in enumerate(space.choices, start=len(space.numbers)):
        raw[:, at] = rng.choice([*(one.value for one in options.choices), 12345], count)
    numbers = raw[:, : space.products_start]
    numbers[rng.random(numbers.shape) < 0.15] = np.nan
    numbers[:, : len(space.numbers)][rng.random((count, len(space.numbers))) < 0.05] = np.inf
    held = rng.random((count, space.raw_size - space.products_start)) < 0.4
    held[np.arange(count), rng.integers(0, held.shape[1], count)] = False
    raw[:, space.products_start :] = held
    return raw


def some_trees(space: FeatureSpace, rng: np.random.Generator, count: int) -> Trees:
    """Trees with repeated features and shorter branches, their leaves reached by some customer each."""
    feature = rng.integers(0, space.size, (count, SPLITS))
    threshold = rng.uniform(0.1, 0.9, (count, SPLITS)).astype(np.float32)
    value = rng.normal(0.0, 0.5, (count, LEAVES)).astype(np.float32)
    cover = rng.integers(1, 500, (count, LEAVES)).astype(np.float32)
    for tree in range(0, count, 2):
        shorten(feature, threshold, value, cover, tree, int(rng.integers(0, SPLITS)))
    return Trees(feature, threshold, value, cover, rng.integers(0, len(space.catalogue.product), count))


def shorten(
    feature: npt.NDArray[np.int64],
    threshold: FloatMatrix,
    value: FloatMatrix,
    cover: FloatMatrix,
    tree: int,
    at: int,
) -> None:
    """Make a leaf of the split `at`: it and those under it always go left, where all its customers are."""
    below = [at]
    for node in below:
        if node < SPLITS:
            below += [2 * node + 1, 2 * node + 2]
            threshold[tree, node] = np.inf
            feature[tree, node] = feature[tree, max((node - 1) // 2, 0)]
    leaves = sorted(node - SPLITS for node in below if node >= SPLITS)
    cover[tree, leaves[0]] = cover[tree, leaves].sum()
    cover[tree, leaves[1:]] = 0.0
    value[tree, leaves[1:]] = 0.0


def some_model(space: FeatureSpace, rng: np.random.Generator, trees: int = 0) -> RankingModel:
    """A model with random weights, and trees where wanted."""
    products = len(space.catalogue.product)
    return RankingModel(
        space=space,
        coefficient=rng.normal(0.0, 1.0, (space.size, products)),
        base=rng.normal(0.0, 1.0, products),
        reference=rng.uniform(0.0, 1.0, space.size),
        trees=some_trees(space, rng, trees) if trees else None,
    )


def population(
    catalogue: Catalogue,
    raw: FloatMatrix,
    wanted: npt.NDArray[np.int64],
    *,
    leave_one_out: bool = False,
    customer: npt.NDArray[np.int64] | None = None,
    fold: npt.NDArray[np.int64] | None = None,
    segment: Sequence[str] | None = None,
    age: Sequence[float] | None = None,
    risk_rating: Sequence[int] | None = None,
) -> Population:
    """Questions at hand as a population; folds in turn, everybody of one segment and open to all, unless told."""
    count = len(wanted)
    return Population(
        name="small",
        title="Small",
        origin="a test",
        licence="none",
        sha256="0" * 64,
        protocol="asked",
        limits="none",
        catalogue=catalogue,
        raw=raw,
        wanted=wanted.astype(np.intp),
        customer=np.arange(count) if customer is None else customer,
        fold=(np.arange(count) % FOLDS if fold is None else fold).astype(np.int8),
        age=np.array([40.0] * count if age is None else age, dtype=np.float32),
        risk_rating=np.array([5] * count if risk_rating is None else risk_rating, dtype=np.int8),
        segment=np.array(["all"] * count if segment is None else segment, dtype=np.str_),
        leave_one_out=leave_one_out,
        left_out={},
    )


def drawn(scores: Floats, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """A wanted product per row, drawn by the softmax of its scores."""
    noise = rng.gumbel(size=scores.shape)
    wanted: npt.NDArray[np.int64] = np.argmax(scores + noise, axis=1)
    return wanted


def loaded(model: RankingModel, folder: Path) -> OnnxScorer:
    """The scorer of an artefact with these weights."""
    space = model.space
    nobody = population(space.catalogue, np.zeros((1, space.raw_size), np.float32), np.zeros(1, np.int64))
    trees = 0 if model.trees is None else len(model.trees)
    learner = Learner("random", 0, 1.0, (1.0,), 1, 0, trees, 1.0, ())
    fitted = Fitted(model, learner, Quantisation(model.step is not None, 0.0, 0, 0))
    assemble(nobody, fitted, np.zeros(1, np.intp), 0).save(folder)
    return OnnxScorer.load(folder)
