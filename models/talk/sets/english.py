"""The English talk model: one encoder, a head for each set. Text in, scores out; one text at a time, so that a text's
scores depend on nothing but the text.

Needs numpy, onnxruntime and tokenizers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import ArtefactError
from models.talk.sets.artefacts import FOLDER, Artefact, open_artefact
from models.talk.sets.pieces import Pieces, WordPieces, covering

NAME = "english"
VOCABULARY_FILE = "vocabulary.json"

Scores = npt.NDArray[np.float32]


class EnglishModel:
    """The model in an artefact folder."""

    def __init__(self, artefact: Artefact) -> None:
        self.card = artefact.card
        self._session = artefact.session
        self._pieces = WordPieces.load(artefact.folder / VOCABULARY_FILE)

    @classmethod
    def load(cls, folder: Path = FOLDER / NAME) -> EnglishModel:
        """The model in ``folder``; `ArtefactError` says what is missing or altered."""
        artefact = open_artefact(folder)
        if VOCABULARY_FILE not in artefact.card.files:
            raise ArtefactError(f"{folder}: the card does not name {VOCABULARY_FILE}; train the model again")
        return cls(artefact)

    def labels(self, task: str) -> tuple[str, ...]:
        """What the scores of a task are for, in their order."""
        return self.card.labels[task]

    def scores(self, task: str, text: str) -> Scores:
        """The task's score of every label, [labels], before softmax or sigmoid."""
        return self._run(task, self._pieces.one(text))

    def pair_scores(self, task: str, before: str, text: str) -> Scores:
        """As `scores`, for a text said after ``before``."""
        return self._run(task, self._pieces.pair(before, text))

    def span_scores(self, task: str, text: str, spans: Sequence[tuple[int, int]]) -> Scores:
        """The scores of each span of characters of the text, [spans, labels]: the mean over the pieces that it
        covers; over the whole text where the span is beyond what the model looks at."""
        pieces = self._pieces.one(text)
        by_piece = self._run(task, pieces)
        return np.stack([by_piece[covering(pieces.spans, *span) or slice(None)].mean(axis=0) for span in spans])

    def _run(self, task: str, pieces: Pieces) -> Scores:
        given = {
            "ids": np.array([pieces.ids], dtype=np.int64),
            "segments": np.array([pieces.segments], dtype=np.int64),
        }
        found: Scores = self._session.run([task], given)[0][0]
        return found


@cache
def english_model() -> EnglishModel:
    """The model that comes with Usher, opened once."""
    return EnglishModel.load()


def softmax(scores: Scores) -> Scores:
    """Probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Scores = raised / raised.sum(axis=-1, keepdims=True)
    return shares
