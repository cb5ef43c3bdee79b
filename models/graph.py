"""The model as an ONNX graph: raw row in, scores, probabilities and the encoded row out, the same file everywhere.

Input `raw` [N, R] float32 (models/features.py). Outputs: `score` [N, K] log-odds against the average product, before
held products are masked; `probability` [N, K], softmax of the scores over the products not held; `encoded` [N, F], what
the encoding made of the row; and constants for explanations, read once at load: `coefficient` [F, K], `base` [K] (the
score of the average customer), `reference` [F] (the average customer), `tree_…` the arrays of models/trees.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.features import FeatureSpace
from models.trees import SPLITS, Trees
from models.weights import RankingModel

__all__ = ["RankingModel", "encoder", "to_onnx"]

OPSET = 17
TREE_OPSET = 5
IR_VERSION = 9
_MASKED = -10_000.0
_SUM, _NONE, _LEQ = 1, 0, 0
"""TreeEnsemble's codes: trees are added up, nothing is done after, a split goes left when value <= threshold."""


Constant = (
    npt.NDArray[np.float32]
    | npt.NDArray[np.float64]
    | npt.NDArray[np.int64]
    | npt.NDArray[np.int16]
    | npt.NDArray[np.int8]
)


class _Graph:
    """Nodes and constants under construction; each method adds a node and returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Constant] = {}

    def constant(self, name: str, value: Constant) -> str:
        self.constants[name] = value
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: int) -> str:
        node = helper.make_node(operator, list(inputs), [output])
        node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
        self.nodes.append(node)
        return output

    def numbers(self, name: str, values: Sequence[float]) -> str:
        return self.constant(name, np.array(values, dtype=np.float32))

    def columns(self, source: str, start: int, stop: int, output: str) -> str:
        bounds = [self.constant(f"{output}_{at}", np.array([at], dtype=np.int64)) for at in (start, stop)]
        axis = self.constant("axis_1", np.array([1], dtype=np.int64))
        return self.node("Slice", [source, *bounds, axis], output)


def encoder(space: FeatureSpace) -> bytes:
    """The encoding alone, raw [N, R] → encoded [N, F], as bytes: what training sees is what the finished file sees."""
    graph = _Graph()
    graph.node("Identity", [_encode(graph, space)], "encoded")
    return _finish(graph, space, {"encoded": ["N", space.size]})


def to_onnx(model: RankingModel) -> bytes:
    """The graph as bytes; equal models give equal bytes.

    The product with the reference moved into the bias is computed in double precision before rounding to float32.
    """
    space = model.space
    products = len(space.catalogue.product)
    graph = _Graph()
    encoded = _encode(graph, space)
    graph.node("Identity", [encoded], "encoded")
    weights = _coefficients(graph, model)
    bias = model.base - model.reference @ model.coefficient
    score = graph.node("Gemm", [encoded, weights, graph.constant("bias", bias.astype(np.float32))], "linear_score")
    outputs: dict[str, list[str | int]] = {
        "score": ["N", products],
        "probability": ["N", products],
        "encoded": ["N", space.size],
    }
    if model.trees is not None:
        graph.nodes.append(_ensemble(model.trees, encoded, products))
        score = graph.node("Add", [score, "tree_score"], "full_score")
        outputs |= _tree_constants(graph, model.trees)
    graph.node("Identity", [score], "score")
    mask = graph.node("Mul", ["held", graph.numbers("masked", [_MASKED])], "mask")
    graph.node("Softmax", [graph.node("Add", [score, mask], "open_score")], "probability", axis=1)
    graph.node("Identity", [weights], "coefficient")
    outputs["coefficient"] = [space.size, products]
    for name, value in (("base", model.base), ("reference", model.reference)):
        graph.node("Identity", [graph.constant(f"{name}_weights", value.astype(np.float32))], name)
        outputs[name] = [len(value)]
    return _finish(graph, space, outputs)


def _coefficients(graph: _Graph, model: RankingModel) -> str:
    """The weights [F, K], in eight bits where the model has steps."""
    if model.step is None:
        return graph.constant("coefficient_weights", model.coefficient.astype(np.float32))
    steps = graph.constant("steps", model.step.astype(np.float32))
    whole = graph.constant("whole_steps", np.round(model.coefficient / model.step).astype(np.int8))
    return graph.node("DequantizeLinear", [whole, steps], "coefficient_weights", axis=1)


def _encode(graph: _Graph, space: FeatureSpace) -> str:
    """The nodes from `raw` to the encoded row; numbers are clipped and brought to 0–1, the rest to 0/1."""
    parts: list[str] = []
    if space.numbers:
        parts += _encode_numbers(graph, space)
    if space.choices:
        chosen = graph.columns("raw", len(space.numbers), space.products_start, "chosen")
        at = [i for i, column in enumerate(space.choices) for _ in column.choices]
        values = [float(choice.value) for column in space.choices for choice in column.choices]
        spread = graph.node(
            "Gather", [chosen, graph.constant("choice_at", np.array(at, dtype=np.int64))], "spread", axis=1
        )
        same = graph.node("Equal", [spread, graph.numbers("choice_values", values)], "same")
        parts.append(graph.node("Cast", [same], "choices", to=TensorProto.FLOAT))
    parts.append(graph.columns("raw", space.products_start, space.raw_size, "held"))
    return graph.node("Concat", parts, "row", axis=1)


def _encode_numbers(graph: _Graph, space: FeatureSpace) -> list[str]:
    columns = space.numbers
    linear = sum(column.scale == "linear" for column in columns)
    low, high = [c.low for c in columns], [c.high for c in columns]
    given = graph.columns("raw", 0, len(columns), "given")
    gone = graph.node("IsNaN", [given], "gone")
    filled = graph.node("Where", [gone, graph.numbers("defaults", [c.default for c in columns]), given], "filled")
    raised = graph.node("Max", [filled, graph.numbers("low", low)], "raised")
    clipped = graph.node("Min", [raised, graph.numbers("high", high)], "clipped")
    if linear < len(columns):
        plain = [graph.columns(clipped, 0, linear, "plain")] if linear else []
        spread = _spread(graph, graph.columns(clipped, linear, len(columns), "amounts"))
        clipped = graph.node("Concat", [*plain, spread], "scaled", axis=1) if plain else spread
    bounds = [(v, w) if c.scale == "linear" else (_log(v), _log(w)) for c, v, w in zip(columns, low, high, strict=True)]
    moved = graph.node("Sub", [clipped, graph.numbers("offset", [v for v, _ in bounds])], "moved")
    parts = [graph.node("Mul", [moved, graph.numbers("shrink", [1.0 / (w - v) for v, w in bounds])], "numbers")]
    if space.flagged:
        at = [columns.index(column) for column in space.flagged]
        flags = graph.node("Gather", [gone, graph.constant("flag_at", np.array(at, dtype=np.int64))], "flagged", axis=1)
        parts.append(graph.node("Cast", [flags], "flags", to=TensorProto.FLOAT))
    return parts


def _spread(graph: _Graph, amounts: str) -> str:
    """sign(v) · ln(1 + |v|), in double precision: a single-precision logarithm differs in its last bit between a batch
    and a customer alone, which is enough to come to another leaf of a tree."""
    wide = graph.node("Cast", [amounts], "amounts_wide", to=TensorProto.DOUBLE)
    size = graph.node("Abs", [wide], "size")
    more = graph.node("Add", [size, graph.constant("one", np.array([1.0], dtype=np.float64))], "size_1")
    log = graph.node("Log", [more], "log")
    spread = graph.node("Mul", [graph.node("Sign", [wide], "sign"), log], "spread_wide")
    return graph.node("Cast", [spread], "spread_log", to=TensorProto.FLOAT)


def _log(value: float) -> float:
    return float(np.sign(value) * np.log1p(abs(value)))


def _ensemble(trees: Trees, encoded: str, products: int) -> onnx.NodeProto:
    """All trees as one TreeEnsemble; splits that decide nothing are left out."""
    feature: list[int] = []
    split: list[float] = []
    below: list[list[int]] = [[], []]
    is_leaf: list[list[int]] = [[], []]
    target: list[int] = []
    weight: list[float] = []

    def add(tree: int, at: int) -> tuple[int, bool]:
        """The node's or leaf's number, and whether it is a leaf."""
        while at < SPLITS and not np.isfinite(trees.threshold[tree, at]):
            at = 2 * at + 1
        if at >= SPLITS:
            target.append(int(trees.product[tree]))
            weight.append(float(trees.value[tree, at - SPLITS]))
            return len(target) - 1, True
        number = len(feature)
        feature.append(int(trees.feature[tree, at]))
        split.append(float(trees.threshold[tree, at]))
        for side in (0, 1):
            below[side].append(0)
            is_leaf[side].append(0)
        for side in (0, 1):
            below[side][number], leaf = add(tree, 2 * at + 1 + side)
            is_leaf[side][number] = int(leaf)
        return number, False

    def root(tree: int) -> int:
        """The tree's first node; a tree that is one leaf gets one that goes there either way."""
        number, leaf = add(tree, 0)
        if not leaf:
            return number
        feature.append(0)
        split.append(0.0)
        for side in (0, 1):
            below[side].append(number)
            is_leaf[side].append(1)
        return len(feature) - 1

    roots = [root(tree) for tree in range(len(trees))]
    return helper.make_node(
        "TreeEnsemble",
        [encoded],
        ["tree_score"],
        domain="ai.onnx.ml",
        n_targets=products,
        aggregate_function=_SUM,
        post_transform=_NONE,
        tree_roots=roots,
        nodes_featureids=feature,
        nodes_modes=numpy_helper.from_array(np.full(len(feature), _LEQ, dtype=np.uint8), "modes"),
        nodes_splits=numpy_helper.from_array(np.array(split, dtype=np.float32), "splits"),
        nodes_truenodeids=below[0],
        nodes_trueleafs=is_leaf[0],
        nodes_falsenodeids=below[1],
        nodes_falseleafs=is_leaf[1],
        leaf_targetids=target,
        leaf_weights=numpy_helper.from_array(np.array(weight, dtype=np.float32), "weights"),
    )


def _tree_constants(graph: _Graph, trees: Trees) -> dict[str, list[str | int]]:
    arrays: dict[str, Constant] = {
        "tree_feature": trees.feature.astype(np.int16),
        "tree_threshold": trees.threshold,
        "tree_value": trees.value,
        "tree_cover": trees.cover,
        "tree_product": trees.product.astype(np.int16),
    }
    for name, value in arrays.items():
        graph.node("Identity", [graph.constant(f"{name}_array", value)], name)
    return {name: list(value.shape) for name, value in arrays.items()}


def _finish(graph: _Graph, space: FeatureSpace, outputs: dict[str, list[str | int]]) -> bytes:
    integers = frozenset({"tree_feature", "tree_product"})
    infos = [
        helper.make_tensor_value_info(name, TensorProto.INT16 if name in integers else TensorProto.FLOAT, shape)
        for name, shape in outputs.items()
    ]
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            f"usher-{space.catalogue.name}",
            [helper.make_tensor_value_info("raw", TensorProto.FLOAT, ["N", space.raw_size])],
            infos,
            [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
        ),
        producer_name="usher",
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREE_OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content
