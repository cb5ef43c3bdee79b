"""Chinese aspects: is what is said of a thing favourable?

Two formats. Terms: three lines a row, the sentence with `$T$` for the term (characters apart by spaces), the term,
Positive or Negative. Reviews: ASAP's CSV, a column of -1, 0 or 1 for each aspect, -2 where nothing is said of it
(such aspects are no rows). The stars that a reviewer gave are not looked at.

Sources: H. Peng et al., "Learning multi-grained aspect target sequence for Chinese sentiment analysis", Knowledge-Based
Systems 148, 2018; J. Bu et al., "ASAP: A Chinese Review Dataset Towards Aspect Category Sentiment Analysis and Rating
Prediction", NAACL 2021, https://aclanthology.org/2021.naacl-main.167, MIT / Apache-2.0.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.datasets.location import data_folders
from models.errors import ArtefactError, DatasetCorrupt, DatasetError
from models.talk.sets.artefacts import FOLDER, open_artefact
from models.talk.sets.baselines import figures_of
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.hashed import HashedLinear
from models.talk.sets.report import Report, accuracy, class_figures, macro_f1, single_report
from models.talk.sets.zh_absa_features import category_features, praise_and_blame, term_features

NAME = "zh-absa"
FOLDER_NAME = "zh_absa"
NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
TERM, CATEGORY = "term", "category"
LABELS = {TERM: (NEGATIVE, POSITIVE), CATEGORY: (NEGATIVE, NEUTRAL, POSITIVE)}
"""What a row of either kind may be; the model's outputs are those of terms, then those of categories."""
FILES = "three lines a row with $T$ (.txt), or ASAP's CSV with a column reviewbody and one for each aspect (.csv)"
BUCKETS = 1 << 16

_PLACE = "$T$"
_ONE_IN = 10
_TERM_LABELS = {"positive": POSITIVE, "negative": NEGATIVE, "1": POSITIVE, "-1": NEGATIVE}
_CATEGORY_LABELS = {-1: NEGATIVE, 0: NEUTRAL, 1: POSITIVE}
_NOTHING_SAID = -2
_NO_ASPECTS = frozenset({"index", "reviewbody", "star", "id"})


@dataclass(frozen=True, slots=True)
class Opinion:
    """A row: ``aspect`` with what stands ``before`` and ``after`` it; of a category ``before`` is the whole review.
    ``kind``: `TERM` or `CATEGORY`."""

    kind: str
    before: str
    aspect: str
    after: str
    label: str

    @property
    def text(self) -> str:
        """The sentence or review."""
        return self.before + (self.aspect if self.kind == TERM else "") + self.after

    @property
    def held_out(self) -> bool:
        """Whether the shipped model never learns from it: one sentence or review in ten, by hash of its text."""
        return int(hashlib.sha256(f"{NAME}:{self.text}".encode()).hexdigest(), 16) % _ONE_IN == 0


def load_zh_absa(path: Path) -> list[Opinion]:
    """The rows of the file or folder, in order; `DatasetCorrupt` names file and line."""
    found: list[Opinion] = []
    for file in read_texts(path, (".txt", ".csv"), files=FILES):
        found += _terms(file) if file.path.name.lower().removesuffix(".gz").endswith(".txt") else _reviews(file)
    if not found:
        raise DatasetCorrupt(f"{path}: no row; expected {FILES}")
    return found


def _terms(file: TextFile) -> list[Opinion]:
    lines = file.text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) % 3:
        raise DatasetCorrupt(f"{file.path}: {len(lines)} lines, not three a row; expected {FILES}")
    found = []
    for at in range(0, len(lines), 3):
        sentence, aspect = ("".join(line.split()).replace("$t$", _PLACE) for line in lines[at : at + 2])
        label = _TERM_LABELS.get(lines[at + 2].strip().lower())
        if _PLACE not in sentence:
            raise DatasetCorrupt(f"{file.path}: line {at + 1}: no {_PLACE} in the sentence; expected {FILES}")
        if not aspect or label is None:
            raise DatasetCorrupt(
                f"{file.path}: line {at + 2}: a term and then Positive or Negative are needed, "
                f"not {aspect!r} and {lines[at + 2].strip()!r}"
            )
        before, after = sentence.split(_PLACE, 1)
        found.append(Opinion(TERM, before.replace(_PLACE, aspect), aspect, after.replace(_PLACE, aspect), label))
    return found


def _reviews(file: TextFile) -> list[Opinion]:
    rows = csv.DictReader(io.StringIO(file.text))
    header = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = header
    body = next((name for name in header if name.lower() in {"reviewbody", "review"}), None)
    aspects = [name for name in header if name and name.lower() not in _NO_ASPECTS and name != body]
    if body is None or not aspects:
        raise DatasetCorrupt(f"{file.path}: no column reviewbody, or none for an aspect; expected {FILES}")
    found = []
    for row in rows:
        where = f"{file.path}: line {rows.line_num}"
        text = "".join((row[body] or "").split())
        if not text:
            raise DatasetCorrupt(f"{where}: reviewbody is empty")
        for aspect in aspects:
            try:
                value = int(float(row[aspect]))
            except (TypeError, ValueError):
                raise DatasetCorrupt(f"{where}: {aspect} must be -2, -1, 0 or 1, not {row[aspect]!r}") from None
            if value == _NOTHING_SAID:
                continue
            if value not in _CATEGORY_LABELS:
                raise DatasetCorrupt(f"{where}: {aspect} must be -2, -1, 0 or 1, not {row[aspect]!r}")
            found.append(Opinion(CATEGORY, text, aspect, "", _CATEGORY_LABELS[value]))
    return found


def features(row: Opinion) -> dict[str, float]:
    """What the model sees of a row."""
    if row.kind == TERM:
        return term_features(row.before, row.aspect, row.after)
    return category_features(row.before, row.aspect)


class ZhAbsaModel:
    """The trained model. ``folder``: where it lies; `ArtefactError` says what is wrong there."""

    def __init__(self, folder: Path = FOLDER / FOLDER_NAME) -> None:
        artefact = open_artefact(folder)
        buckets = artefact.card.settings.get("buckets")
        if buckets != BUCKETS:
            raise ArtefactError(f"{folder}: made for {buckets} buckets, this release has {BUCKETS}; train it again")
        self.card = artefact.card
        self._linear = HashedLinear(artefact.session, BUCKETS)

    def predict(self, rows: Sequence[Opinion]) -> list[str]:
        """The label of each row."""
        if not rows:
            return []
        scores = self._linear.scores([features(row) for row in rows])
        terms = len(LABELS[TERM])
        found = []
        for row, score in zip(rows, scores, strict=True):
            own = score[:terms] if row.kind == TERM else score[terms:]
            found.append(LABELS[row.kind][int(own.argmax())])
        return found


def by_words(row: Opinion) -> str:
    """The simplest method: count words of praise and blame in the whole text; praise where they are even."""
    praise, blame = praise_and_blame(row.text)
    return POSITIVE if praise >= blame else NEGATIVE


def evaluate(path: Path, folder: Path = FOLDER / FOLDER_NAME) -> Report:
    """The shipped model's figures on the rows in ``path``; of a folder with both formats, of all together, and of each
    among ``others``."""
    rows = load_zh_absa(path)
    model = ZhAbsaModel(folder)
    predicted = model.predict(rows)
    truth = [row.label for row in rows]
    kinds = [kind for kind in LABELS if any(row.kind == kind for row in rows)]
    others = {}
    for kind in kinds:
        own = [(row.label, said) for row, said in zip(rows, predicted, strict=True) if row.kind == kind]
        labels, said = [label for label, _ in own], [word for _, word in own]
        others[f"{kind}_accuracy"] = accuracy(labels, said)
        others[f"{kind}_macro_f1"] = macro_f1(class_figures(labels, said))
    return single_report(
        NAME,
        model.card.name,
        truth,
        predicted,
        {
            "majority": figures_of(truth, [POSITIVE] * len(rows), "always positive"),
            "words": figures_of(truth, [by_words(row) for row in rows], "words of praise and blame in the whole text"),
            **{
                f"{name}_{kind}": one
                for kind in kinds
                for name, one in model.card.held_out[f"{kind}_left_out"].baselines.items()
            },
        },
        others=others,
        seen=_seen(rows),
        notes=() if CATEGORY not in kinds else ("of reviews, aspects of which nothing is said (-2) are no rows",),
    )


def _seen(rows: Sequence[Opinion]) -> int | None:
    for folder in data_folders():
        try:
            known = {(row.text, row.aspect) for row in load_zh_absa(folder / NAME) if not row.held_out}
        except DatasetError:
            continue
        return sum((row.text, row.aspect) in known for row in rows)
    return None
