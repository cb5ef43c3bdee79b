"""Training the Chinese model of opinions on aspects: ``python -m models.training.talk.chinese``.

Learns from the set's training files but for one sentence in ten. Its figures: on the rows held out, and by
cross-validation over all rows, texts kept whole, with baselines on the same folds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import click
import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline

from models.datasets.location import data_folders
from models.errors import DatasetMissing
from models.talk.sets.artefacts import CARD_FILE, FOLDER, MODEL_FILE
from models.talk.sets.card import CARD_FORMAT, DataUse, HeldOutFigures, TalkCard, encode_card
from models.talk.sets.zh_absa import (
    BUCKETS,
    CATEGORY,
    FOLDER_NAME,
    LABELS,
    NAME,
    NEUTRAL,
    POSITIVE,
    TERM,
    Opinion,
    by_words,
    features,
    load_zh_absa,
)
from models.training.talk.hashed import Floats, fit, matrix, to_onnx
from models.training.talk.held_out import Said, held_out_figures

C_TERM, C_CATEGORY = 3.0, 1.0
LENT = 0.3
"""What a row about a term counts for when the model of categories learns from it too."""
FOLDS = 5
SEED = 0
WINDOW = 10
Predict = Callable[[Sequence[Opinion]], list[str]]
Learner = Callable[[Sequence[Opinion]], Predict]


def find_folder() -> Path:
    """The set's folder; `DatasetMissing` says where it was looked for."""
    looked = [folder / NAME for folder in data_folders()]
    for folder in looked:
        if folder.is_dir():
            return folder
    raise DatasetMissing(f"no folder {' or '.join(map(str, looked))}; set USHER_DATA")


def learn_terms(rows: Sequence[Opinion]) -> tuple[Floats, Floats]:
    """Weights [buckets, 1] and bias [1] of "positive" for terms."""
    return fit(_matrix(rows), [int(row.label == POSITIVE) for row in rows], C_TERM, constant=True)


def learn_categories(rows: Sequence[Opinion], terms: Sequence[Opinion]) -> tuple[Floats, Floats]:
    """Weights [buckets, 3] and bias [3] for categories, a little learned from ``terms``."""
    labels = LABELS[CATEGORY]
    both = [*rows, *terms]
    weight = np.array([1.0] * len(rows) + [LENT] * len(terms))
    return fit(_matrix(both), [labels.index(row.label) for row in both], C_CATEGORY, constant=True, weight=weight)


def _matrix(rows: Sequence[Opinion]) -> csr_array:
    return matrix([_features(row) for row in rows], BUCKETS)


@cache
def _features(row: Opinion) -> dict[str, float]:
    return features(row)


def joined(terms: tuple[Floats, Floats], categories: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Both models as one of five outputs: negative and positive for terms, then the three for categories."""
    weights = np.hstack([-terms[0] / 2, terms[0] / 2, categories[0]])
    return weights, np.concatenate([-terms[1] / 2, terms[1] / 2, categories[1]])


def of_terms(rows: Sequence[Opinion]) -> Predict:
    """The model of terms, learned from ``rows``."""
    weights, bias = learn_terms(rows)
    names = LABELS[TERM]
    return lambda seen: [names[int(score > 0.0)] for score in _matrix(seen) @ weights[:, 0] + bias[0]]


def of_categories(terms: Sequence[Opinion]) -> Learner:
    """The model of categories, which learns a little from ``terms`` too."""

    def learn(rows: Sequence[Opinion]) -> Predict:
        weights, bias = learn_categories(rows, terms)
        names = LABELS[CATEGORY]
        return lambda seen: [names[int(row.argmax())] for row in _matrix(seen) @ weights + bias]

    return learn


def of_characters(view: Callable[[Opinion], str]) -> Learner:
    """A baseline: TF-IDF of character 1- to 4-grams of a view of the row, logistic regression."""

    def learn(rows: Sequence[Opinion]) -> Predict:
        model = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True),
            LogisticRegression(C=10, max_iter=500),
        )
        model.fit([view(row) for row in rows], [row.label for row in rows])
        return lambda seen: [str(label) for label in model.predict([view(row) for row in seen])]

    return learn


def of_aspects(rows: Sequence[Opinion]) -> Predict:
    """A baseline: the commonest label of the aspect, or of all where it is new."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.aspect, Counter())[row.label] += 1
    overall = Counter(row.label for row in rows).most_common(1)[0][0]
    return lambda seen: [counts[row.aspect].most_common(1)[0][0] if row.aspect in counts else overall for row in seen]


BASELINES: dict[str, dict[str, tuple[str, Learner]]] = {
    TERM: {
        "majority": ("always positive", lambda _: lambda seen: [POSITIVE] * len(seen)),
        "aspect_blind": ("character TF-IDF of the sentence", of_characters(lambda row: row.text)),
        "window": (
            f"character TF-IDF of {WINDOW} characters either side",
            of_characters(lambda row: f"{row.before[-WINDOW:]}#{row.after[:WINDOW]}"),
        ),
        "words": ("words of praise and blame", lambda _: lambda seen: [by_words(row) for row in seen]),
    },
    CATEGORY: {
        "majority": ("always positive", lambda _: lambda seen: [POSITIVE] * len(seen)),
        "aspect_majority": ("the aspect's commonest label", of_aspects),
        "aspect_blind": ("character TF-IDF of the review", of_characters(lambda row: row.text)),
    },
}


def crossed(rows: Sequence[Opinion], learn: Learner) -> list[str]:
    """Each row's label by a model that learned from other texts."""
    groups = [zlib.crc32(row.text.encode()) for row in rows]
    said = [NEUTRAL] * len(rows)
    for others, fold in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, groups=groups):
        predict = learn([rows[at] for at in others])
        for at, label in zip(fold, predict([rows[at] for at in fold]), strict=True):
            said[at] = label
    return said


def left_out(kind: str, rows: Sequence[Opinion], learn: Learner) -> HeldOutFigures:
    """The cross-validated figures of a kind of rows, baselines on the same folds."""
    beside: Said = {name: (what, crossed(rows, other)) for name, (what, other) in BASELINES[kind].items()}
    return held_out_figures([row.label for row in rows], crossed(rows, learn), beside)


def apart(kind: str, known: Sequence[Opinion], rows: Sequence[Opinion], learn: Learner) -> HeldOutFigures:
    """The figures on the rows held out of what learned from the ``known`` ones, baselines beside them."""
    beside: Said = {name: (what, other(known)(rows)) for name, (what, other) in BASELINES[kind].items()}
    return held_out_figures([row.label for row in rows], learn(known)(rows), beside)


def train(folder: Path, out: Path, made: str) -> TalkCard:
    """Learns from ``folder``, writes model and card into ``out``; gives the card."""
    rows = load_zh_absa(folder)
    terms = [row for row in rows if row.kind == TERM]
    categories = [row for row in rows if row.kind == CATEGORY]
    learned_terms = [row for row in terms if not row.held_out]
    learned_categories = [row for row in categories if not row.held_out]
    weights, bias = joined(learn_terms(learned_terms), learn_categories(learned_categories, learned_terms))
    content = to_onnx(weights, bias, FOLDER_NAME)
    held_out = {
        f"{TERM}_left_out": left_out(TERM, terms, of_terms),
        f"{CATEGORY}_left_out": left_out(CATEGORY, categories, of_categories(terms)),
    }
    for kind, learn, known in (
        (TERM, of_terms, learned_terms),
        (CATEGORY, of_categories(learned_terms), learned_categories),
    ):
        unseen = [row for row in rows if row.kind == kind and row.held_out]
        held_out[f"{kind}_held_out"] = apart(kind, known, unseen, learn)
    card = TalkCard(
        format=CARD_FORMAT,
        name="zh-absa-clause-linear",
        made=made,
        base_model="none",
        base_licence="none",
        licence="Apache-2.0",
        method=(
            "logistic regression over hashed character n-grams by clause and side of the aspect, signs turned by "
            "negation, crossed with the aspect's last characters, and words of praise and blame (models/talk/sets)"
        ),
        seed=SEED,
        settings={"buckets": BUCKETS, "c_term": C_TERM, "c_category": C_CATEGORY, "lent": LENT, "folds": FOLDS},
        files={MODEL_FILE: hashlib.sha256(content).hexdigest()},
        model_bytes=len(content),
        labels=LABELS,
        data=(
            DataUse(
                NAME,
                "Chinese aspect sentiment: camera, car, notebook, phone (Peng et al. 2018); ASAP (Bu et al. 2021)",
                "https://aclanthology.org/2021.naacl-main.167",
                "MIT / Apache-2.0",
                {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.iterdir())},
                len(learned_terms) + len(learned_categories),
                len(rows) - len(learned_terms) - len(learned_categories),
            ),
        ),
        held_out=held_out,
        limits=(
            "The words of praise and blame were written after a look at some hundred rows that an earlier model got "
            "wrong, so the figures flatter a little. Aspects of reviews: a hundred reviews are all there was to learn "
            "from. Shop reviews of goods and food, not talks in a bank."
        ),
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL_FILE).write_bytes(content)
    (out / CARD_FILE).write_bytes(encode_card(card))
    return card


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER / FOLDER_NAME, help="Where to write."
)
@click.option("--made", default=None, help="The card's date (YYYY-MM-DD); today without.")
def main(out: Path, made: str | None) -> None:
    """Train the Chinese model and write it with its card."""
    card = train(find_folder(), out, made or dt.datetime.now(dt.UTC).date().isoformat())
    for name, one in card.held_out.items():
        click.echo(f"{name}: accuracy {one.accuracy:.4f}, macro-F1 {one.macro_f1:.4f}, n {one.n}")
        for other, beside in one.baselines.items():
            click.echo(f"  {other}: accuracy {beside.accuracy:.4f}, macro-F1 {beside.macro_f1:.4f}")
    click.echo(f"{out}: {card.model_bytes} bytes")


if __name__ == "__main__":
    main()
