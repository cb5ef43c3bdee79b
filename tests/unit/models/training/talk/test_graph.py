"""The ONNX file of few bits: it computes what the network's formula says with the weights that its bits can say."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.talk.sets.artefacts import session
from models.training.talk.graph import BLOCK, EPSILON, HEADS, Bits, Floats, Head, packed, to_onnx, unpacked
from tests.unit.models.talk_sets.networks import network

pytestmark = pytest.mark.req("W-12")

HIDDEN, WIDE = 48, HEADS * BLOCK
OUTPUTS = {"span": 3, "whole": 5}
TASKS = [Head("span", by_piece=True), Head("whole", by_piece=False)]


def rounded(given: dict[str, Floats], bits: Bits) -> dict[str, Floats]:
    tables = {"words.weight", "places.weight", "segments.weight"}
    return {
        name: value if value.ndim == 1 else unpacked(packed(value, 8 if name in tables else bits))
        for name, value in given.items()
    }


def reference(w: dict[str, Floats], layers: int, ids: list[int], segments: list[int]) -> tuple[Floats, Floats]:
    """The network by its definition (Devlin et al. 2019), one text, double precision."""

    def linear(x: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        return np.asarray(x @ w[f"{name}.weight"].T.astype(np.float64) + w[f"{name}.bias"])

    def norm(x: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"])

    erf = np.vectorize(math.erf)
    words = w["words.weight"][ids] + w["places.weight"][: len(ids)] + w["segments.weight"][segments]
    x = norm(words.astype(np.float64), "norm")
    for layer in range(layers):
        at = f"layers.{layer}"
        parts = [np.split(linear(x, f"{at}.{part}"), HEADS, axis=1) for part in ("query", "key", "value")]
        heads = []
        for query, key, value in zip(*parts, strict=True):
            likeness = query @ key.T / math.sqrt(query.shape[1])
            raised = np.exp(likeness - likeness.max(axis=1, keepdims=True))
            heads.append(raised / raised.sum(axis=1, keepdims=True) @ value)
        x = norm(x + linear(np.concatenate(heads, axis=1), f"{at}.mixed"), f"{at}.mixed_norm")
        inner = linear(x, f"{at}.inner")
        x = norm(x + linear(0.5 * inner * (1 + erf(inner / math.sqrt(2))), f"{at}.outer"), f"{at}.outer_norm")
    return linear(x, "heads.span").astype(np.float32), linear(x.mean(axis=0), "heads.whole").astype(np.float32)


def run(file: onnxruntime.InferenceSession, ids: list[list[int]], segments: list[list[int]]) -> list[Floats]:
    found: list[Floats] = file.run(
        ["span", "whole"], {"ids": np.array(ids, dtype=np.int64), "segments": np.array(segments, dtype=np.int64)}
    )
    return found


@pytest.mark.parametrize(("bits", "hidden"), [(8, HIDDEN), (4, WIDE)])
def test_the_file_says_what_the_formula_says(bits: Bits, hidden: int) -> None:
    given = network(2, hidden, OUTPUTS)
    span, whole = run(
        session(to_onnx(given, 2, TASKS, bits), origin="made here"), [[2, 5, 9, 30, 3]], [[0, 0, 0, 1, 1]]
    )
    wanted_span, wanted_whole = reference(rounded(given, bits), 2, [2, 5, 9, 30, 3], [0, 0, 0, 1, 1])
    np.testing.assert_allclose(span[0], wanted_span, atol=2e-4)
    np.testing.assert_allclose(whole[0], wanted_whole, atol=2e-4)
    plain = reference(given, 2, [2, 5, 9, 30, 3], [0, 0, 0, 1, 1])[1]
    assert np.abs(plain - wanted_whole).max() > 1e-3, "rounding must be visible, or the comparison shows nothing"


def test_padding_changes_nothing() -> None:
    file = session(to_onnx(network(2, HIDDEN, OUTPUTS), 2, TASKS, 8), origin="made here")
    alone = run(file, [[2, 5, 9]], [[0, 0, 0]])
    padded = run(file, [[2, 5, 9, 0, 0], [2, 7, 7, 7, 3]], [[0, 0, 0, 0, 0], [0, 0, 0, 1, 1]])
    np.testing.assert_allclose(padded[0][0, :3], alone[0][0], atol=1e-5)
    np.testing.assert_allclose(padded[1][0], alone[1][0], atol=1e-5)


def test_equal_weights_give_equal_bytes_and_four_bits_half_of_eight() -> None:
    given = network(1, WIDE, OUTPUTS)
    eight = to_onnx(given, 1, TASKS, 8)
    assert eight == to_onnx(given, 1, TASKS, 8)
    matrices = sum(value.size for name, value in given.items() if name.startswith("layers") and value.ndim == 2)
    saved = len(eight) - len(to_onnx(given, 1, TASKS, 4))
    assert 0.35 * matrices < saved < 0.5 * matrices


@given(st.integers(0, 2**32), st.sampled_from((4, 8)))
@settings(max_examples=40)
def test_no_weight_is_off_by_more_than_half_a_step(seed: int, bits: Bits) -> None:
    matrix = np.random.default_rng(seed).normal(0, 1, (6, 2 * BLOCK)).astype(np.float32)
    matrix[0] = 0.0
    weights = packed(matrix, bits)
    size = weights.size.reshape(6, -1, 1)
    off = np.abs(unpacked(weights) - matrix).reshape(6, size.shape[1], -1)
    assert (off <= size / 2 * 1.0001).all()
    assert np.abs(weights.steps).max() <= (127 if bits == 8 else 7)
