"""Fitting and exporting a linear model over hashed features (models/talk/sets/hashed.py).

Inputs of the graph: `index` [N, L] int64, `value` [N, L] float32; output `score` [N, K] = Σ weight[index] value + bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from models.talk.sets.hashed import Features, bucket

Floats = npt.NDArray[np.float64]
Constant = npt.NDArray[np.int8] | npt.NDArray[np.float16] | npt.NDArray[np.float32] | npt.NDArray[np.int64]

DECIMALS = 4
"""Weights are rounded, so that the last bits of a machine's arithmetic don't make another model of the same data."""

_OPSET, _IR_VERSION = 17, 9
_MOST_STEPS = 2_000


def matrix(rows: Sequence[Features], buckets: int) -> csr_array:
    """The rows' features as a sparse matrix [N, buckets]; features of one bucket are added up."""
    starts, columns, values = [0], [], []
    for row in rows:
        for name in sorted(row):
            columns.append(bucket(name, buckets))
            values.append(row[name])
        starts.append(len(columns))
    made = csr_array((np.array(values), np.array(columns), np.array(starts)), shape=(len(rows), buckets))
    made.sum_duplicates()
    return made


def fit(
    rows: csr_array, classes: Sequence[int], c: float, *, constant: bool, weight: Floats | None = None
) -> tuple[Floats, Floats]:
    """Weights [buckets, K] and bias [K] of a logistic regression with inverse penalty ``c``; K is 1 for two classes,
    else their number. ``constant``: whether there is a bias, or 0."""
    learner = LogisticRegression(C=c, fit_intercept=constant, max_iter=_MOST_STEPS, tol=1e-4)
    learner.fit(rows, np.array(classes), sample_weight=weight)
    bias = np.asarray(learner.intercept_, dtype=np.float64).reshape(-1)
    weights: Floats = np.round(np.asarray(learner.coef_, dtype=np.float64).T, DECIMALS)
    rounded: Floats = np.round(np.resize(bias, weights.shape[1]), DECIMALS).astype(np.float64)
    return weights, rounded


def rounded(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """The weights in steps of eight bits, and the size [K] of a step of each output."""
    size = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    return np.round(weights / size).astype(np.int8), size


def to_onnx(weights: Floats, bias: Floats, name: str, *, bits: Literal[8, 16] = 16) -> bytes:
    """The graph as bytes, weights in ``bits``; equal models give equal bytes."""
    steps, size = rounded(weights)
    constants: dict[str, Constant] = {
        "weight": steps if bits == 8 else weights.astype(np.float16),
        "bias": bias.astype(np.float32),
        "last": np.array([2], dtype=np.int64),
        "features": np.array([1], dtype=np.int64),
        **({"size": size.astype(np.float32)} if bits == 8 else {}),
    }
    nodes = [
        helper.make_node("Gather", ["weight", "index"], ["small"], axis=0),
        helper.make_node("Cast", ["small"], ["chosen"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["value", "last"], ["column"]),
        helper.make_node("Mul", ["chosen", "column"], ["shares"]),
        helper.make_node("ReduceSum", ["shares", "features"], ["sum" if bits == 16 else "steps"], keepdims=0),
        *([helper.make_node("Mul", ["steps", "size"], ["sum"])] if bits == 8 else []),
        helper.make_node("Add", ["sum", "bias"], ["score"]),
    ]
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            f"usher-{name}",
            [
                helper.make_tensor_value_info("index", TensorProto.INT64, ["N", "L"]),
                helper.make_tensor_value_info("value", TensorProto.FLOAT, ["N", "L"]),
            ],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", weights.shape[1]])],
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        ),
        producer_name="usher",
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content
