"""A linear model → an ONNX graph that gives scores, probabilities and the weights that explain them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.features import FeatureSpace
from models.training.linear import LinearModel

OPSET = 17
IR_VERSION = 9
_MASKED = -10_000.0


def to_onnx(model: LinearModel, space: FeatureSpace) -> bytes:
    """The graph as bytes; equal models give equal bytes.

    Input `features` [N, F] float32. Outputs: `score` [N, K] centred log-odds, `probability` [N, K] softmax over the
    products that are not held (read from the vector's own holdings entries), and for explanations, read once at load:
    `coefficient` [F, K], `base` [K] (the score of the average customer), `reference` [F] (the average customer).
    The product with the reference moved into the bias is computed in double precision before rounding to float32.
    """
    products = len(space.catalogue.product)
    bias = model.base - model.reference @ model.coefficient
    constants: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]] = {
        "coefficient_weights": model.coefficient.astype(np.float32),
        "bias": bias.astype(np.float32),
        "base_weights": model.base.astype(np.float32),
        "reference_weights": model.reference.astype(np.float32),
        "holdings_start": np.array([space.holdings_start], dtype=np.int64),
        "holdings_stop": np.array([space.size], dtype=np.int64),
        "feature_axis": np.array([1], dtype=np.int64),
        "masked": np.array(_MASKED, dtype=np.float32),
    }
    nodes = [
        helper.make_node("Gemm", ["features", "coefficient_weights", "bias"], ["score"]),
        helper.make_node("Slice", ["features", "holdings_start", "holdings_stop", "feature_axis"], ["held"]),
        helper.make_node("Mul", ["held", "masked"], ["mask"]),
        helper.make_node("Add", ["score", "mask"], ["open_score"]),
        helper.make_node("Softmax", ["open_score"], ["probability"], axis=1),
        helper.make_node("Identity", ["coefficient_weights"], ["coefficient"]),
        helper.make_node("Identity", ["base_weights"], ["base"]),
        helper.make_node("Identity", ["reference_weights"], ["reference"]),
    ]
    graph = helper.make_graph(
        nodes,
        f"usher-{space.catalogue.name}",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", space.size])],
        [
            helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", products]),
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", products]),
            helper.make_tensor_value_info("coefficient", TensorProto.FLOAT, [space.size, products]),
            helper.make_tensor_value_info("base", TensorProto.FLOAT, [products]),
            helper.make_tensor_value_info("reference", TensorProto.FLOAT, [space.size]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(
        graph, producer_name="usher", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content
