"""The training rows of the four English sets as batches of word pieces, and each task's loss.

Needs torch (extra `talk-train`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from models.talk.sets.banking77 import Query
from models.talk.sets.mams import POLARITIES, Sentence
from models.talk.sets.nlupp import Utterance
from models.talk.sets.pieces import Pieces, WordPieces, covering
from models.talk.sets.sgd_banks import ANSWERS, Reply
from models.training.talk.net import TalkNet

POOL = 20
"""Batches among which texts are sorted by length, so that little is padding."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text and what is to be learned: ``targets`` are class numbers; ``places`` the pieces each is about, if any."""

    task: str
    pieces: Pieces
    targets: tuple[int, ...]
    places: tuple[tuple[int, ...], ...] = ()


def mams_rows(sentences: Sequence[Sentence], pieces: WordPieces) -> list[Row]:
    """One row a sentence with all its aspect terms."""
    found = []
    for sentence in sentences:
        split = pieces.one(sentence.text)
        terms = [(covering(split.spans, one.start, one.end), one.polarity) for one in sentence.aspects]
        known = [(tuple(at), POLARITIES.index(polarity)) for at, polarity in terms if at]
        if known:
            found.append(Row("mams", split, tuple(target for _, target in known), tuple(at for at, _ in known)))
    return found


def banking77_rows(queries: Sequence[Query], intents: Sequence[str], pieces: WordPieces) -> list[Row]:
    """One row a query."""
    number = {intent: at for at, intent in enumerate(intents)}
    return [Row("banking77", pieces.one(query.text), (number[query.intent],)) for query in queries]


def nlupp_rows(utterances: Sequence[Utterance], intents: Sequence[str], pieces: WordPieces) -> list[Row]:
    """One row an utterance; intents outside ``intents`` are left out."""
    number = {intent: at for at, intent in enumerate(intents)}
    return [
        Row("nlupp", pieces.one(one.text), tuple(number[intent] for intent in one.intents if intent in number))
        for one in utterances
    ]


def sgd_rows(replies: Sequence[Reply], pieces: WordPieces) -> list[Row]:
    """One row a user's turn, with the system's turn before it."""
    return [Row("sgd-banks", pieces.pair(one.before, one.text), (ANSWERS.index(one.answer),)) for one in replies]


def batches(rows: Sequence[Row], size: int, chance: random.Random) -> Iterator[list[Row]]:
    """``rows`` in random order, ``size`` at a time, texts of like length together."""
    order = list(rows)
    chance.shuffle(order)
    pool = size * POOL
    cut = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda row: len(row.pieces.ids))
        cut += [near[at : at + size] for at in range(0, len(near), size)]
    chance.shuffle(cut)
    yield from cut


def padded(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and segments, [N, L], padded with 0."""
    longest = max(len(row.pieces.ids) for row in rows)

    def fill(values: tuple[int, ...]) -> list[int]:
        return [*values, *([0] * (longest - len(values)))]

    return (
        torch.tensor([fill(row.pieces.ids) for row in rows]),
        torch.tensor([fill(row.pieces.segments) for row in rows]),
    )


def logits(net: TalkNet, rows: Sequence[Row]) -> torch.Tensor:
    """A row of outputs for every text, [N, outputs]; for MAMS one for every aspect term, the mean over its pieces."""
    task = rows[0].task
    ids, segments = padded(rows)
    if task != "mams":
        return net.heads[task](net.pooled(ids, segments))
    by_piece = net.heads[task](net.encode(ids, segments).to(torch.float32))
    return torch.stack([by_piece[at, list(places)].mean(0) for at, row in enumerate(rows) for places in row.places])


def loss(net: TalkNet, rows: Sequence[Row], smoothing: float) -> torch.Tensor:
    """The mean loss of a batch of one task."""
    task = rows[0].task
    out = logits(net, rows)
    if task == "nlupp":
        wanted = torch.zeros_like(out)
        for at, row in enumerate(rows):
            wanted[at, list(row.targets)] = 1.0
        # Summed over intents: the mean would make a text of NLU++ weigh as much as one intent.
        return torch.nn.functional.binary_cross_entropy_with_logits(out, wanted, reduction="sum") / len(rows)
    wanted = torch.tensor([target for row in rows for target in row.targets])
    return torch.nn.functional.cross_entropy(out, wanted, label_smoothing=smoothing)
