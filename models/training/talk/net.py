"""The network that is fine-tuned: the first layers of MiniLM with one linear head a task.

Needs torch and safetensors (extra `talk-train`). Sources: J. Devlin et al., "BERT", NAACL 2019; W. Wang et al.,
"MiniLM", NeurIPS 2020; weights: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

HIDDEN, HEADS, INNER, EPSILON = 384, 12, 1536, 1e-12
DROPOUT = 0.1
BLOCK, MOST = 32, 7
"""Four bits: whole steps from -7 to 7, one step size for this many inputs of an output, as in `graph.packed`."""


class Linear(torch.nn.Linear):
    """A linear layer that can learn to live with weights of four bits.

    While ``rounding``, the weights it computes with are rounded and the gradient passes as if they weren't (Y. Bengio
    et al., "Estimating or Propagating Gradients Through Stochastic Neurons", 2013: straight-through).
    """

    rounding = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``x`` [..., inputs] → [..., outputs]."""
        weight = self.weight
        if self.rounding:
            weight = weight + (rounded(weight.detach()) - weight.detach())
        return torch.nn.functional.linear(x, weight, self.bias)


def rounded(weight: torch.Tensor) -> torch.Tensor:
    """The nearest weights that four bits can say, [outputs, inputs]."""
    blocks = weight.view(weight.shape[0], -1, BLOCK)
    size = blocks.abs().amax(2, keepdim=True).clamp_min(1e-12) / MOST
    return (torch.round(blocks / size).clamp(-MOST, MOST) * size).view_as(weight)


class Layer(torch.nn.Module):
    """One layer of the encoder, normalised after each half, as BERT is."""

    def __init__(self) -> None:
        super().__init__()
        self.query = Linear(HIDDEN, HIDDEN)
        self.key = Linear(HIDDEN, HIDDEN)
        self.value = Linear(HIDDEN, HIDDEN)
        self.mixed = Linear(HIDDEN, HIDDEN)
        self.mixed_norm = torch.nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.inner = Linear(HIDDEN, INNER)
        self.outer = Linear(INNER, HIDDEN)
        self.outer_norm = torch.nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.dropout = torch.nn.Dropout(DROPOUT)

    def forward(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """``x`` [N, L, HIDDEN]; ``seen`` [N, 1, 1, L], which positions may be looked at."""
        n, length, _ = x.shape

        def split(y: torch.Tensor) -> torch.Tensor:
            return y.view(n, length, HEADS, HIDDEN // HEADS).transpose(1, 2)

        context = torch.nn.functional.scaled_dot_product_attention(
            split(self.query(x)),
            split(self.key(x)),
            split(self.value(x)),
            attn_mask=seen,
            dropout_p=DROPOUT if self.training else 0.0,
        )
        context = context.transpose(1, 2).reshape(n, length, HIDDEN)
        x = self.mixed_norm(x + self.dropout(self.mixed(context)))
        return self.outer_norm(x + self.dropout(self.outer(torch.nn.functional.gelu(self.inner(x)))))


class TalkNet(torch.nn.Module):
    """The encoder and its heads. ``heads``: number of outputs by task; a head over pieces gives [N, L, outputs]."""

    def __init__(self, pieces: int, positions: int, layers: int, heads: Mapping[str, int]) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(pieces, HIDDEN)
        self.places = torch.nn.Embedding(positions, HIDDEN)
        self.segments = torch.nn.Embedding(2, HIDDEN)
        self.norm = torch.nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.dropout = torch.nn.Dropout(DROPOUT)
        self.layers = torch.nn.ModuleList(Layer() for _ in range(layers))
        self.heads = torch.nn.ModuleDict({name: Linear(HIDDEN, size) for name, size in heads.items()})

    def encode(self, ids: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        """The last layer's states, [N, L, HIDDEN], of pieces ``ids`` [N, L], padded with 0."""
        places = torch.arange(ids.shape[1])
        x = self.dropout(self.norm(self.words(ids) + self.places(places) + self.segments(segments)))
        seen = (ids != 0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen)
        return x

    def pooled(self, ids: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        """The mean state of each text, [N, HIDDEN]."""
        weight = (ids != 0).to(torch.float32)
        weight = weight / weight.sum(1, keepdim=True)
        return torch.einsum("nlh,nl->nh", self.encode(ids, segments).to(torch.float32), weight)

    def round_weights(self) -> None:
        """From now on learn with weights of four bits; those that don't learn are rounded here, once."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.rounding = module.weight.requires_grad
                if not module.rounding:
                    with torch.no_grad():
                        module.weight.copy_(rounded(module.weight))

    def freeze(self, layers: int) -> None:
        """Leave the embeddings and so many layers as they are; nothing if ``layers`` is 0."""
        if layers:
            for module in (self.words, self.places, self.segments, self.norm, *self.layers[:layers]):
                module.requires_grad_(False)

    def load_pretrained(self, weights: Path, rows: Sequence[int], kept: Sequence[int]) -> None:
        """Start from MiniLM's weights: ``rows`` of its vocabulary in our order, ``kept`` of its layers in ours."""
        given = load_file(str(weights))
        with torch.no_grad():
            self.words.weight.copy_(given["embeddings.word_embeddings.weight"][torch.tensor(rows)])
            self.places.weight.copy_(given["embeddings.position_embeddings.weight"][: self.places.num_embeddings])
            self.segments.weight.copy_(given["embeddings.token_type_embeddings.weight"])
            _take(self.norm, given, "embeddings.LayerNorm")
            for layer, theirs in zip(self.layers, kept, strict=True):
                at = f"encoder.layer.{theirs}"
                _take(layer.query, given, f"{at}.attention.self.query")
                _take(layer.key, given, f"{at}.attention.self.key")
                _take(layer.value, given, f"{at}.attention.self.value")
                _take(layer.mixed, given, f"{at}.attention.output.dense")
                _take(layer.mixed_norm, given, f"{at}.attention.output.LayerNorm")
                _take(layer.inner, given, f"{at}.intermediate.dense")
                _take(layer.outer, given, f"{at}.output.dense")
                _take(layer.outer_norm, given, f"{at}.output.LayerNorm")
            for head in self.heads.values():
                torch.nn.init.normal_(head.weight, std=1.0 / math.sqrt(HIDDEN))
                torch.nn.init.zeros_(head.bias)


def _take(module: torch.nn.Module, given: Mapping[str, torch.Tensor], name: str) -> None:
    module.weight.copy_(given[f"{name}.weight"])
    module.bias.copy_(given[f"{name}.bias"])
