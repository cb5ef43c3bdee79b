"""SentiNeg: is a Korean sentence favourable or not, negated sentences among them.

The model is odd by design: features have signs that a negation turns round, and there is no constant, so what a word
is worth when it is negated follows from what it is worth when it is not.

Source: D. Kim et al., "KoBEST: Korean Balanced Evaluation of Significant Tasks", COLING 2022,
https://aclanthology.org/2022.coling-1.325, CC BY-SA 4.0.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from models.datasets.location import data_folders
from models.errors import ArtefactError, DatasetCorrupt, DatasetError
from models.talk.sets.artefacts import FOLDER, open_artefact
from models.talk.sets.baselines import figures_of
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.hashed import HashedLinear
from models.talk.sets.report import Baseline, Report, single_report
from models.talk.sets.sentineg_negation import Word, jamo, signed_words

NAME = "sentineg"
UNFAVOURABLE, FAVOURABLE = "0", "1"
LABELS = (UNFAVOURABLE, FAVOURABLE)
FILES = "KoBEST SentiNeg TSV (.tsv, .tsv.gz) with a header and the columns Text and Label (0 or 1), in any order"
TRAINING = "sentineg/kobest_sentineg_train.tsv"
"""The training file, below a data folder."""

BUCKETS = 1 << 16

_SHORTEST, _LONGEST = 3, 10
"""Letters of a word's beginning that are features, the mark of its start counted."""
_INNER = (4, 5, 6)
_START, _WITHIN, _WHOLE, _PAIR, _MARKED = 0.7, 0.6, 0.7, 0.5, 0.25
"""What a beginning, a part, a word, two words, and "negated" with a word count for."""

_REASON = 0.3
"""What the words of a reason count for, if what follows from it is negated."""
_BECAUSE = re.compile(r"(?:서|니|니까|라)$")

_TOPIC = 0.7
"""What a noun with a case marker counts for beside the predicate of its clause: it is spoken about."""
_MARKER = re.compile(r"[가-힣](?:이|가|은|는|도|을|를|에|에서|한테|으로|로)$")

PUBLISHED = {
    "char_tfidf_published": Baseline(
        what="character TF-IDF and a linear model, on the kept-back negated sentences",
        measured="published",
        accuracy=0.539,
    ),
    "multilingual_e5_published": Baseline(
        what="multilingual E5 and logistic regression, on the kept-back negated sentences",
        measured="published",
        accuracy=0.799,
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its label: "0" unfavourable, "1" favourable."""

    text: str
    label: str


def load_sentineg(path: Path) -> list[Sentence]:
    """The sentences in the file or folder, in order; `DatasetCorrupt` names file and line."""
    found = [sentence for file in read_texts(path, (".tsv",), files=FILES) for sentence in _sentences(file)]
    if not found:
        raise DatasetCorrupt(f"{path}: no row; expected {FILES}")
    return found


def _sentences(file: TextFile) -> list[Sentence]:
    rows = csv.reader(io.StringIO(file.text), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = [name.strip().lower() for name in next(rows, [])]
    try:
        text_at = next(at for at, name in enumerate(header) if name in {"text", "sentence"})
        label_at = header.index("label")
    except (StopIteration, ValueError):
        raise DatasetCorrupt(f"{file.path}: no columns Text and Label in {header[:6]}; expected {FILES}") from None
    found = []
    for row in rows:
        if not any(field.strip() for field in row):
            continue
        if len(row) <= max(text_at, label_at):
            raise DatasetCorrupt(f"{file.path}: line {rows.line_num}: {len(row)} columns; expected {FILES}")
        text, label = row[text_at].strip(), row[label_at].strip()
        if not text or label not in LABELS:
            raise DatasetCorrupt(f"{file.path}: line {rows.line_num}: Text must not be empty, Label must be 0 or 1")
        found.append(Sentence(text, label))
    return found


def features(text: str, *, negation: bool = True) -> dict[str, float]:
    """What the model sees of a sentence. Without ``negation`` every sign is +1: what a reader would make of the words
    who knows of no negation."""
    words = signed_words(text)
    if not negation:
        words = [Word(word.text, 1, False, word.clause) for word in words]
    found: dict[str, float] = {}

    def add(name: str, value: float) -> None:
        found[name] = found.get(name, 0.0) + value

    ends = {word.clause: word for word in words}
    less = _reasons(ends)
    for word in words:
        share = _REASON if word.clause in less else 1.0
        if ends[word.clause] is not word and _MARKER.search(word.text):
            share *= _TOPIC
        letters = "<" + jamo(word.text)
        for length in range(_SHORTEST, min(len(letters), _LONGEST) + 1):
            add("p" + letters[:length], share * word.sign * _START)
        for length in _INNER:
            for start in range(1, len(letters) - length + 1):
                add("g" + letters[start : start + length], share * word.sign * _WITHIN)
        add("w" + word.text, share * word.sign * _WHOLE)
        if word.negated:
            add("n" + letters[1:7], _MARKED)
    for first, second in pairwise(words):
        if first.sign == second.sign:
            add(f"b{jamo(first.text)[:5]} {jamo(second.text)[:5]}", first.sign * _PAIR)
    return found


def _reasons(ends: Mapping[int, Word]) -> set[int]:
    """The clauses that give a reason for what is negated next: in 이뻐서 안 좋아요 it is the latter that decides."""
    return {
        at
        for at, word in ends.items()
        if not word.negated and _BECAUSE.search(word.text) and at + 1 in ends and ends[at + 1].negated
    }


class SentiNegModel:
    """The trained model. ``folder``: where it lies; `ArtefactError` says what is wrong there."""

    def __init__(self, folder: Path = FOLDER / NAME) -> None:
        artefact = open_artefact(folder)
        buckets = artefact.card.settings.get("buckets")
        if buckets != BUCKETS:
            raise ArtefactError(f"{folder}: made for {buckets} buckets, this release has {BUCKETS}; train it again")
        self.card = artefact.card
        self._linear = HashedLinear(artefact.session, BUCKETS)

    def scores(self, texts: Sequence[str], *, negation: bool = True) -> list[float]:
        """Log-odds of "favourable", one for each sentence."""
        rows = [features(text, negation=negation) for text in texts]
        return [float(score) for score in self._linear.scores(rows)[:, 0]] if rows else []

    def predict(self, texts: Sequence[str], *, negation: bool = True) -> list[str]:
        """The label of each sentence."""
        return [LABELS[score > 0.0] for score in self.scores(texts, negation=negation)]


def evaluate(path: Path, folder: Path = FOLDER / NAME) -> Report:
    """The shipped model's figures on the sentences in ``path``."""
    sentences = load_sentineg(path)
    model = SentiNegModel(folder)
    texts = [sentence.text for sentence in sentences]
    truth = [sentence.label for sentence in sentences]
    predicted = model.predict(texts)
    unaware = model.predict(texts, negation=False)
    return single_report(
        NAME,
        model.card.name,
        truth,
        predicted,
        {
            "majority": figures_of(truth, [FAVOURABLE] * len(truth), "the commoner label of the training file"),
            "no_negation": figures_of(truth, unaware, "the same model, blind to negation"),
            **model.card.held_out["dev"].baselines,
            **PUBLISHED,
        },
        seen=_seen(texts),
    )


def _seen(texts: Sequence[str]) -> int | None:
    for folder in data_folders():
        try:
            known = {sentence.text for sentence in load_sentineg(folder / TRAINING)}
        except DatasetError:
            continue
        return sum(text in known for text in texts)
    return None
