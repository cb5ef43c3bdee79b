"""Small random networks of the talk models' shape, and artefacts made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np

from models.talk.sets.artefacts import CARD_FILE, MODEL_FILE
from models.talk.sets.card import CARD_FORMAT, TalkCard, encode_card
from models.talk.sets.english import VOCABULARY_FILE
from models.talk.sets.pieces import LONGEST, SPECIAL
from models.training.talk.graph import Floats, Head, to_onnx

LABELS = {"mams": ("negative", "neutral", "positive"), "banking77": ("card_arrival", "lost_or_stolen_card")}
PIECES = (*SPECIAL, *"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))


def network(
    layers: int, hidden: int, outputs: Mapping[str, int], *, pieces: int = 40, places: int = 12
) -> dict[str, Floats]:
    """Random parameters under the names that `models.training.talk.net.TalkNet` gives them."""
    chance = np.random.default_rng(0)

    def shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
        yield from (("words.weight", (pieces, hidden)), ("places.weight", (places, hidden)))
        yield from (("segments.weight", (2, hidden)), ("norm.weight", (hidden,)), ("norm.bias", (hidden,)))
        for layer in range(layers):
            for part, after, before in (
                *((part, hidden, hidden) for part in ("query", "key", "value", "mixed")),
                ("inner", 2 * hidden, hidden),
                ("outer", hidden, 2 * hidden),
            ):
                yield f"layers.{layer}.{part}.weight", (after, before)
                yield f"layers.{layer}.{part}.bias", (after,)
            for part in ("mixed_norm", "outer_norm"):
                yield f"layers.{layer}.{part}.weight", (hidden,)
                yield f"layers.{layer}.{part}.bias", (hidden,)
        for head, size in outputs.items():
            yield f"heads.{head}.weight", (size, hidden)
            yield f"heads.{head}.bias", (size,)

    return {name: chance.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes()}


def write_artefact(folder: Path) -> TalkCard:
    """A model that works and knows nothing, with its card."""
    outputs = {task: len(names) for task, names in LABELS.items()}
    heads = [Head(task, by_piece=task == "mams") for task in LABELS]
    files = {
        MODEL_FILE: to_onnx(network(1, 24, outputs, pieces=len(PIECES), places=LONGEST), 1, heads, 8),
        VOCABULARY_FILE: msgspec.json.encode(PIECES),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    card = TalkCard(
        format=CARD_FORMAT,
        name="tiny",
        made="2026-01-01",
        base_model="none",
        base_licence="none",
        licence="none",
        method="random weights",
        seed=0,
        settings={},
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        model_bytes=len(files[MODEL_FILE]),
        labels=LABELS,
        data=(),
        held_out={},
        limits="knows nothing",
    )
    (folder / CARD_FILE).write_bytes(encode_card(card))
    return card
