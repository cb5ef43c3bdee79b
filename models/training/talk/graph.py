"""The fine-tuned network as an ONNX file with its weights in eight or four bits.

Inputs ``ids`` and ``segments``, int64 [N, L], padded with 0. Outputs by head: [N, outputs], or [N, L, outputs] for a
head over pieces. The file keeps weights in few bits only to be small: they are unpacked to float32 when a session is
made and everything is computed in float32, so that every machine and every batch gives the same answer to rounding.

Steps are symmetric: int8, one step for each output (each piece of the vocabulary); int4, one step for each `BLOCK`
weights of an output, as in llama.cpp's Q4_0 and onnxruntime's MatMulNBits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 21, 10
BLOCK = 32
HEADS = 12
EPSILON = 1e-12
_MASKED = -10_000.0

Floats = npt.NDArray[np.float32]
Bits = Literal[4, 8]


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix [rows, columns] in whole ``steps`` (int8 numbers; of four bits -7 to 7). ``size``: of a step, for each
    row [rows], or in four bits for each `BLOCK` columns of a row [rows, columns / BLOCK]."""

    bits: Bits
    steps: npt.NDArray[np.int8]
    size: Floats


def packed(matrix: Floats, bits: Bits) -> Packed:
    """A matrix in few bits; in four the number of columns must be a multiple of `BLOCK`."""
    most = 127 if bits == 8 else 7
    rows, columns = matrix.shape
    blocks = matrix.reshape(rows, 1 if bits == 8 else columns // BLOCK, -1)
    size = np.maximum(np.abs(blocks).max(axis=2), 1e-12) / most
    steps = np.clip(np.round(blocks / size[:, :, None]), -most, most).astype(np.int8).reshape(rows, columns)
    return Packed(bits, steps, (size[:, 0] if bits == 8 else size).astype(np.float32))


def unpacked(weights: Packed) -> Floats:
    """The matrix that the steps stand for."""
    rows, columns = weights.steps.shape
    steps = weights.steps.astype(np.float32).reshape(rows, 1 if weights.bits == 8 else columns // BLOCK, -1)
    found: Floats = (steps * weights.size.reshape(rows, -1, 1)).reshape(rows, columns)
    return found


@dataclass(frozen=True, slots=True)
class Head:
    """A linear head. ``by_piece``: it looks at every piece, not at the mean of the text."""

    name: str
    by_piece: bool


class _Graph:
    """Nodes and constants under construction; each method adds a node and returns its output's name."""

    def __init__(self, given: Mapping[str, Floats], bits: Bits) -> None:
        self.given = given
        self.bits = bits
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._made = 0

    def constant(self, name: str, value: Floats | npt.NDArray[np.int64] | npt.NDArray[np.int8]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], output: str = "", **attributes: int | float | list[int]
    ) -> str:
        self._made += 1
        name = output or f"{operator.lower()}_{self._made}"
        node = helper.make_node(operator, list(inputs), [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return name

    def matrix(self, name: str) -> str:
        """A weight [outputs, inputs] as float32 [outputs, inputs]."""
        weights = packed(self.given[name], self.bits)
        size = self.constant(f"{name}.size", weights.size)
        if weights.bits == 8:
            return self.node("DequantizeLinear", [self.constant(f"{name}.steps", weights.steps), size], axis=0)
        self.constants.append(_four_bits(f"{name}.steps", weights.steps))
        return self.node("DequantizeLinear", [f"{name}.steps", size], axis=1, block_size=BLOCK)

    def linear(self, x: str, name: str, output: str = "") -> str:
        turned = self.node("Transpose", [self.matrix(f"{name}.weight")], perm=[1, 0])
        bias = self.constant(f"{name}.bias", self.given[f"{name}.bias"])
        return self.node("Add", [self.node("MatMul", [x, turned]), bias], output)

    def norm(self, x: str, name: str) -> str:
        scale, bias = (self.constant(f"{name}.{part}", self.given[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", [x, scale, bias], axis=-1, epsilon=EPSILON)

    def rows(self, name: str, at: str) -> str:
        """Rows of an embedding, always in eight bits: each is unpacked when it is looked up."""
        weights = packed(self.given[name], 8)
        steps = self.node("Gather", [self.constant(f"{name}.steps", weights.steps), at], axis=0)
        size = self.node("Gather", [self.constant(f"{name}.size", weights.size[:, None]), at], axis=0)
        return self.node("Mul", [self.node("Cast", [steps], to=TensorProto.FLOAT), size])


def to_onnx(given: Mapping[str, Floats], layers: int, heads: Sequence[Head], bits: Bits) -> bytes:
    """The file's bytes from the network's parameters by name (as `TalkNet.state_dict` names them)."""
    graph = _Graph(given, bits)
    zero = graph.constant("zero", np.array(0, dtype=np.int64))
    one = graph.constant("one", np.array(1, dtype=np.int64))
    seen = graph.node("Cast", [graph.node("Not", [graph.node("Equal", ["ids", zero])])], to=TensorProto.FLOAT)
    length = graph.node("Gather", [graph.node("Shape", ["ids"]), one], axis=0)
    words = graph.rows("words.weight", "ids")
    places = graph.rows("places.weight", graph.node("Range", [zero, length, one]))
    segments = graph.rows("segments.weight", "segments")
    x = graph.norm(graph.node("Add", [graph.node("Add", [words, places]), segments]), "norm")
    mask = _mask(graph, seen)
    for layer in range(layers):
        x = _layer(graph, x, mask, f"layers.{layer}")
    pooled = _pooled(graph, x, seen)
    outputs = []
    for head in heads:
        graph.linear(x if head.by_piece else pooled, f"heads.{head.name}", head.name)
        size = len(given[f"heads.{head.name}.bias"])
        shape: list[str | int | None] = ["N", "L", size] if head.by_piece else ["N", size]
        outputs.append(helper.make_tensor_value_info(head.name, TensorProto.FLOAT, shape))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["N", "L"]) for name in ("ids", "segments")]
    made = helper.make_graph(graph.nodes, "talk", inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="usher")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _mask(graph: _Graph, seen: str) -> str:
    """0 where a position may be looked at and very low where it is padding, [N, 1, 1, L]."""
    minus = graph.constant("minus_one", np.array(-1.0, dtype=np.float32))
    low = graph.constant("masked", np.array(-_MASKED, dtype=np.float32))
    axes = graph.constant("mask_axes", np.array([1, 2], dtype=np.int64))
    return graph.node("Unsqueeze", [graph.node("Mul", [graph.node("Add", [seen, minus]), low]), axes])


def _layer(graph: _Graph, x: str, mask: str, name: str) -> str:
    hidden = len(graph.given[f"{name}.query.bias"])
    apart = graph.constant(f"{name}.apart", np.array([0, 0, HEADS, hidden // HEADS], dtype=np.int64))
    whole = graph.constant(f"{name}.whole", np.array([0, 0, hidden], dtype=np.int64))
    scale = graph.constant(f"{name}.scale", np.array(1.0 / math.sqrt(hidden // HEADS), dtype=np.float32))

    def split(part: str, order: list[int]) -> str:
        return graph.node("Transpose", [graph.node("Reshape", [graph.linear(x, f"{name}.{part}"), apart])], perm=order)

    query, key, value = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
    likeness = graph.node("Mul", [graph.node("MatMul", [query, key]), scale])
    shares = graph.node("Softmax", [graph.node("Add", [likeness, mask])], axis=-1)
    context = graph.node("Transpose", [graph.node("MatMul", [shares, value])], perm=[0, 2, 1, 3])
    mixed = graph.linear(graph.node("Reshape", [context, whole]), f"{name}.mixed")
    x = graph.norm(graph.node("Add", [x, mixed]), f"{name}.mixed_norm")
    inner = graph.node("Gelu", [graph.linear(x, f"{name}.inner")])
    return graph.norm(graph.node("Add", [x, graph.linear(inner, f"{name}.outer")]), f"{name}.outer_norm")


def _pooled(graph: _Graph, x: str, seen: str) -> str:
    """The mean over the pieces that are no padding, [N, hidden]."""
    pieces = graph.constant("piece_axis", np.array([1], dtype=np.int64))
    last = graph.constant("last_axis", np.array([2], dtype=np.int64))
    weight = graph.node("Unsqueeze", [seen, last])
    total = graph.node("ReduceSum", [graph.node("Mul", [x, weight]), pieces], keepdims=0)
    return graph.node("Div", [total, graph.node("ReduceSum", [seen, pieces], keepdims=1)])


def _four_bits(name: str, steps: npt.NDArray[np.int8]) -> onnx.TensorProto:
    """Two numbers a byte, the first in the lower half, as ONNX's INT4 has them."""
    low, high = steps.reshape(-1)[0::2] & 0xF, steps.reshape(-1)[1::2] & 0xF
    content = (low | (high << 4)).astype(np.uint8).tobytes()
    return helper.make_tensor(name, TensorProto.INT4, steps.shape, content, raw=True)
