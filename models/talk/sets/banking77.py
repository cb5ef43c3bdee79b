"""BANKING77: which of 77 things a customer of a bank wants, by the English model and a linear model together.

The linear model sees words, pairs of words and parts of words, hashed (`models/training/talk/banking77.py`). Its share
in the verdict is the card's setting ``weight``.

Source: I. Casanueva et al., "Efficient Intent Detection with Dual Sentence Encoders", NLP4ConvAI 2020,
https://aclanthology.org/2020.nlp4convai-1.5, CC BY 4.0.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import ArtefactError, DatasetCorrupt
from models.talk.sets.artefacts import FOLDER, Artefact, open_artefact
from models.talk.sets.baselines import beside, figures_of, tfidf_svm, training_file
from models.talk.sets.card import TalkCard
from models.talk.sets.english import EnglishModel, Scores, english_model, softmax
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.hashed import HashedLinear
from models.talk.sets.holdout import held_out
from models.talk.sets.report import Baseline, Report, single_report

NAME = "banking77"
FILES = "BANKING77 CSV (.csv, .csv.gz) with a header and the columns text and category"
BUCKETS = 32_768
"""Weights of the linear model for each intent."""

WEIGHT = "weight"
_WORD = re.compile(r"\w+")
_PARTS = (2, 3, 4, 5)

Parts = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""The English model's logarithms of probabilities and the linear model's scores, the mean of a row at 0; [N, 77]."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a customer wrote, and the intent."""

    text: str
    intent: str


def load_banking77(path: Path) -> list[Query]:
    """The queries in the file or folder, in order; `DatasetCorrupt` names file and line."""
    found = [query for file in read_texts(path, (".csv",), files=FILES) for query in _queries(file)]
    if not found:
        raise DatasetCorrupt(f"{path}: no row; expected {FILES}")
    return found


def _queries(file: TextFile) -> list[Query]:
    rows = csv.DictReader(io.StringIO(file.text))
    missing = {"text", "category"} - set(rows.fieldnames or ())
    if missing:
        raise DatasetCorrupt(f"{file.path}: no column {' nor '.join(sorted(missing))}; expected {FILES}")
    found = []
    for row in rows:
        text, intent = row["text"], row["category"]
        if not text or not intent:
            raise DatasetCorrupt(f"{file.path}: line {rows.line_num}: text and category must not be empty")
        found.append(Query(text, intent))
    return found


def learned_part(queries: list[Query]) -> list[Query]:
    """The rows of the training file that the English model learned from."""
    return [query for query in queries if not held_out(NAME, query.text)]


def features(text: str) -> dict[str, float]:
    """What the linear model sees: words, neighbours, parts of 2 to 5 characters with the edges of words; 1 + log of
    how often, of length 1 together. Empty for a text without a word."""
    counted = {name: 1.0 + log(times) for name, times in Counter(_named(text)).items()}
    length = sqrt(sum(value**2 for value in counted.values()))
    return {name: value / length for name, value in counted.items()}


def _named(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    yield from (f"w{word}" for word in words)
    yield from (f"p{before} {after}" for before, after in pairwise(words))
    for word in words:
        edged = f" {word} "
        for size in _PARTS:
            yield from (f"c{edged[at : at + size]}" for at in range(len(edged) - size + 1))


def english_logs(model: EnglishModel, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Logarithms of the English model's probabilities, [N, 77]."""
    shares: list[Scores] = [softmax(model.scores(NAME, text).astype(np.float64)) for text in texts]
    return np.log(np.maximum(np.stack(shares), 1e-12)).astype(np.float64)


def combined(parts: Parts, weight: float) -> npt.NDArray[np.float64]:
    """Scores [N, 77] of both models together, before softmax."""
    english, linear = parts
    return english + weight * linear


class Banking77Model:
    """The English model and the linear one that was fitted to stand beside it."""

    def __init__(self, artefact: Artefact, english: EnglishModel) -> None:
        self.card = artefact.card
        self.labels = artefact.card.labels.get(NAME, ())
        self._weight = artefact.card.settings.get(WEIGHT)
        if self.labels != english.labels(NAME) or not isinstance(self._weight, float):
            raise ArtefactError(
                f"{artefact.folder}: no {WEIGHT} or not the English model's intents; train it again: "
                "python -m models.training.talk.banking77"
            )
        self._english = english
        self._linear = HashedLinear(artefact.session, BUCKETS)

    @classmethod
    def load(cls, folder: Path = FOLDER / NAME, english: EnglishModel | None = None) -> Banking77Model:
        """The model in ``folder``; `ArtefactError` says what is missing, altered or does not fit together."""
        return cls(open_artefact(folder), english or english_model())

    def parts(self, texts: Sequence[str]) -> Parts:
        """What each model says of the texts; a text's numbers depend on nothing but the text."""
        return english_logs(self._english, texts), np.stack([self._linear_scores(text) for text in texts])

    def _linear_scores(self, text: str) -> npt.NDArray[np.float64]:
        seen = features(text)
        if not seen:  # the bias alone would be an opinion
            return np.zeros(len(self.labels), dtype=np.float64)
        found = self._linear.scores([seen])[0].astype(np.float64)
        centred: npt.NDArray[np.float64] = found - found.mean()
        return centred

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Scores [N, 77] of the intents in the order of ``labels``, one or more texts."""
        return combined(self.parts(texts), float(self._weight or 0.0))

    def predict(self, queries: Sequence[Query]) -> list[str]:
        """The likeliest intent of every query, in order."""
        if not queries:
            return []
        return [self.labels[int(at)] for at in self.scores([query.text for query in queries]).argmax(axis=1)]


@cache
def banking77_model() -> Banking77Model:
    """The model that comes with Usher, opened once."""
    return Banking77Model.load()


def predict(model: EnglishModel, queries: list[Query]) -> list[str]:
    """The likeliest intent of every query by the English model alone, in order."""
    names = model.labels(NAME)
    return [names[model.scores(NAME, query.text).argmax()] for query in queries]


def evaluate(path: Path) -> Report:
    """The figures of both models together on the queries in ``path``."""
    asked = load_banking77(path)
    file = training_file(NAME, "banking77_train.csv")
    model = banking77_model()
    return measured(model.card, model.predict(asked), asked, None if file is None else load_banking77(file))


def measured(card: TalkCard, said: list[str], asked: list[Query], known: list[Query] | None) -> Report:
    """The figures of what the card's model ``said`` on ``asked``; ``known`` is what it and the baselines learn from,
    if it is here."""
    baselines, notes = beside(card, NAME, lambda: None if known is None else baselines_of(known, asked))
    return single_report(
        NAME,
        card.name,
        [query.intent for query in asked],
        said,
        baselines,
        seen=None if known is None else _seen(known, asked),
        notes=notes,
    )


def baselines_of(known: list[Query], asked: list[Query]) -> dict[str, Baseline] | None:
    """Learned from ``known``, measured on ``asked``; None without scikit-learn."""
    predicted = tfidf_svm(
        [query.text for query in known], [query.intent for query in known], [query.text for query in asked]
    )
    if predicted is None:
        return None
    what = "TF-IDF of words and characters, linear SVM"
    return {"tfidf": figures_of([query.intent for query in asked], predicted, what)}


def _seen(known: list[Query], asked: list[Query]) -> int:
    texts = {query.text for query in known}
    return sum(query.text in texts for query in asked)
