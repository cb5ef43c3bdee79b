"""The ONNX file: it says what the trainer's model says, for every kind of bank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import FeatureSpace, FloatMatrix
from models.graph import encoder, to_onnx
from models.training.linear import masked_probabilities
from models.trees import SPLITS
from models.weights import Floats, RankingModel
from tests.unit.models.banks import bank, catalogues, choice, number, some_model, some_raw, some_trees

pytestmark = pytest.mark.req("W-05")

SPACE = FeatureSpace(
    bank([number("age", missing_flag=True), number("income", scale="log", high=1e5), choice("home", 1, 2, 7)])
)
seeds = st.integers(0, 2**32)


class File:
    """An ONNX file, run on one thread."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def __call__(self, output: str, raw: FloatMatrix) -> FloatMatrix:
        found: FloatMatrix = self._session.run([output], {"raw": raw})[0]
        return found

    @property
    def shapes(self) -> dict[str, tuple[list[str | int], str]]:
        """The inputs and outputs by name: shape and type."""
        return {one.name: (one.shape, one.type) for one in (*self._session.get_inputs(), *self._session.get_outputs())}


def drawn(data: st.DataObject) -> tuple[RankingModel, FloatMatrix]:
    """A model of any bank, with trees or not, in eight bits or not, and rows for it."""
    space = FeatureSpace(data.draw(catalogues()))
    rng = np.random.default_rng(data.draw(seeds))
    model = some_model(space, rng, trees=data.draw(st.sampled_from([0, 1, 12])))
    return (model.quantised() if data.draw(st.booleans()) else model), some_raw(space, rng, 15)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_scores_and_probabilities_are_the_models_own(data: st.DataObject) -> None:
    model, raw = drawn(data)
    file = File(to_onnx(model))
    encoded = file("encoded", raw)
    assert encoded.tobytes() == File(encoder(model.space))("encoded", raw).tobytes()
    scores = model.scores(encoded)
    held = model.space.held(raw)
    np.testing.assert_allclose(file("score", raw), scores, rtol=2e-6, atol=1e-5)
    np.testing.assert_allclose(file("probability", raw), masked_probabilities(scores, held), rtol=0, atol=1e-5)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_what_is_held_has_no_probability_and_the_rest_all_of_it(data: st.DataObject) -> None:
    model, raw = drawn(data)
    probability = File(to_onnx(model))("probability", raw)
    held = model.space.held(raw)
    assert not probability[held].any()
    assert (probability[~held] > 0.0).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, atol=1e-6)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_customer_alone_is_a_customer_in_a_batch(data: st.DataObject) -> None:
    model, raw = drawn(data)
    file = File(to_onnx(model))
    together = {name: file(name, raw) for name in ("score", "probability", "encoded")}
    for at in range(len(raw)):
        assert file("encoded", raw[at : at + 1]).tobytes() == together["encoded"][at].tobytes()
        for name in ("score", "probability"):
            np.testing.assert_allclose(file(name, raw[at : at + 1])[0], together[name][at], rtol=2e-6, atol=1e-6)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_equal_models_are_equal_bytes(data: st.DataObject) -> None:
    model, _ = drawn(data)
    same = replace(model, space=FeatureSpace(model.space.catalogue), coefficient=model.coefficient.copy())
    assert to_onnx(same) == to_onnx(model)
    assert to_onnx(replace(model, base=model.base + 0.5)) != to_onnx(model)


@pytest.mark.req("W-16")
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_shifted_model_adds_intercept_and_slope(data: st.DataObject) -> None:
    model, raw = drawn(data)
    rng = np.random.default_rng(data.draw(seeds))
    intercept, slope = rng.normal(size=len(model.base)), rng.normal(size=model.coefficient.shape)
    shifted = model.shifted(intercept, slope)
    file = File(to_onnx(shifted))
    encoded = file("encoded", raw)
    expected = model.scores(encoded) + intercept + encoded.astype(np.float64) @ slope
    np.testing.assert_allclose(shifted.scores(encoded), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(file("score", raw), expected, rtol=5e-6, atol=1e-5)
    same = model.shifted(np.zeros_like(intercept), np.zeros_like(slope))
    np.testing.assert_allclose(same.scores(encoded), model.scores(encoded), rtol=1e-12, atol=1e-12)


@given(st.data(), st.sampled_from([0.5, 0.9, 1.0, 2.0]))
@settings(max_examples=20, deadline=None)
def test_a_tempered_model_says_the_same_order_less_surely(data: st.DataObject, temperature: float) -> None:
    model, raw = drawn(data)
    encoded = File(encoder(model.space))("encoded", raw)
    tempered = model.tempered(temperature)
    np.testing.assert_allclose(tempered.scores(encoded), model.scores(encoded) / temperature, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(File(to_onnx(tempered))("score", raw), tempered.scores(encoded), rtol=2e-6, atol=1e-5)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_eight_bits_round_to_half_a_step(data: st.DataObject) -> None:
    model, _ = drawn(data)
    rounded = model.quantised()
    assert rounded.step is not None
    assert (np.abs(rounded.coefficient - model.coefficient) <= rounded.step * 0.5001).all()
    again = rounded.quantised()
    np.testing.assert_allclose(again.coefficient, rounded.coefficient, rtol=1e-6, atol=1e-12)
    if model.space.size > 20:
        assert len(to_onnx(rounded)) < len(to_onnx(replace(model, step=None)))


def test_a_product_without_weights_survives_eight_bits() -> None:
    model = some_model(SPACE, np.random.default_rng(0))
    model.coefficient[:, 1] = 0.0
    rounded = model.quantised()
    assert not rounded.coefficient[:, 1].any()
    assert not File(to_onnx(rounded))("coefficient", np.zeros((1, SPACE.raw_size), np.float32))[:, 1].any()


@pytest.mark.req("W-13")
def test_the_file_has_the_documented_inputs_and_outputs() -> None:
    rng = np.random.default_rng(0)
    entries, products, trees = SPACE.size, 3, 9
    linear = some_model(SPACE, rng)
    plain: dict[str, tuple[list[str | int], str]] = {
        "raw": (["N", SPACE.raw_size], "tensor(float)"),
        "score": (["N", products], "tensor(float)"),
        "probability": (["N", products], "tensor(float)"),
        "encoded": (["N", entries], "tensor(float)"),
        "coefficient": ([entries, products], "tensor(float)"),
        "base": ([products], "tensor(float)"),
        "reference": ([entries], "tensor(float)"),
    }
    assert File(to_onnx(linear)).shapes == plain
    assert File(to_onnx(linear.quantised())).shapes == plain
    assert File(to_onnx(replace(linear, trees=some_trees(SPACE, rng, trees)))).shapes == {
        **plain,
        "tree_feature": ([trees, 7], "tensor(int16)"),
        "tree_threshold": ([trees, 7], "tensor(float)"),
        "tree_value": ([trees, 8], "tensor(float)"),
        "tree_cover": ([trees, 8], "tensor(float)"),
        "tree_product": ([trees], "tensor(int16)"),
    }


def test_the_file_carries_what_explanations_need() -> None:
    model = some_model(SPACE, np.random.default_rng(3), trees=8)
    file = File(to_onnx(model.quantised()))
    nobody = np.zeros((0, SPACE.raw_size), np.float32)
    assert model.trees is not None
    expected: dict[str, Floats | FloatMatrix] = {
        "base": model.base,
        "reference": model.reference,
        "coefficient": model.quantised().coefficient,
        "tree_feature": model.trees.feature.astype(np.float64),
        "tree_threshold": model.trees.threshold,
        "tree_value": model.trees.value,
        "tree_cover": model.trees.cover,
        "tree_product": model.trees.product.astype(np.float64),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(file(name, nobody), value, rtol=1e-6, atol=1e-7, err_msg=name)


def test_nobody_scored_gives_nothing() -> None:
    file = File(to_onnx(some_model(SPACE, np.random.default_rng(0), trees=4)))
    nobody = np.zeros((0, SPACE.raw_size), np.float32)
    for name, width in (("score", 3), ("probability", 3), ("encoded", SPACE.size)):
        assert file(name, nobody).shape == (0, width)


def test_a_value_on_a_threshold_goes_left_in_the_file_too() -> None:
    model = some_model(SPACE, np.random.default_rng(0), trees=1)
    assert model.trees is not None
    raw = np.array([[2.5, 1.0, 1.0, 0, 0, 0], [2.5000002, 1.0, 1.0, 0, 0, 0]], dtype=np.float32)
    encoded = File(encoder(SPACE))("encoded", raw)
    threshold = np.full((1, SPLITS), encoded[0, 0], dtype=np.float32)
    value = np.arange(8, dtype=np.float32)[None]
    one = replace(model.trees, feature=np.zeros((1, SPLITS), np.int64), threshold=threshold, value=value)
    model = replace(model, trees=one)
    assert encoded[1, 0] > encoded[0, 0]
    assert one.leaves(encoded).tolist() == [[0], [7]]
    np.testing.assert_allclose(File(to_onnx(model))("score", raw), model.scores(encoded), rtol=1e-6, atol=1e-6)


def test_trees_of_one_leaf_only_are_a_constant() -> None:
    model = some_model(SPACE, np.random.default_rng(0), trees=2)
    assert model.trees is not None
    trees = replace(model.trees, threshold=np.full((2, SPLITS), np.inf, dtype=np.float32))
    raw = some_raw(SPACE, np.random.default_rng(1), 5)
    constant = replace(model, trees=trees)
    file = File(to_onnx(constant))
    np.testing.assert_allclose(file("score", raw), constant.scores(file("encoded", raw)), rtol=1e-6, atol=1e-5)


def test_the_file_is_valid_onnx() -> None:
    proto = onnx.load_from_string(to_onnx(some_model(SPACE, np.random.default_rng(0), trees=3)))
    onnx.checker.check_model(proto, full_check=True)
    assert proto.producer_name == "usher"
