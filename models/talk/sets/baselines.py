"""Simple methods to stand beside the models: learned in this run from the training files where they are here.

Needs scikit-learn (extra `train`) and the training files in the data folder; without either the card's figures stand,
which were measured on other rows and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from models.datasets.location import data_folders
from models.talk.sets.card import TalkCard
from models.talk.sets.report import (
    Baseline,
    accuracy,
    class_figures,
    label_figures,
    macro_f1,
    micro_f1,
)

Label = set[str]


def training_file(*parts: str) -> Path | None:
    """A set's training file or folder on this machine; None where it is absent."""
    for folder in data_folders():
        path = folder.joinpath(*parts)
        if path.exists():
            return path
    return None


def from_card(card: TalkCard, name: str) -> dict[str, Baseline]:
    """The simple methods' figures that the card has for a set."""
    return dict(card.held_out[name].baselines) if name in card.held_out else {}


def figures_of(truth: Sequence[str], predicted: Sequence[str], what: str) -> Baseline:
    """A method's figures on rows of one class each."""
    return Baseline(
        what=what,
        measured="here",
        accuracy=accuracy(truth, predicted),
        macro_f1=macro_f1(class_figures(truth, predicted)),
        n=len(truth),
    )


def label_figures_of(truth: Sequence[Label], predicted: Sequence[Label], what: str) -> Baseline:
    """A method's figures on rows of any number of labels; its accuracy is the share of rows with exactly the labels."""
    return Baseline(
        what=what,
        measured="here",
        accuracy=sum(a == b for a, b in zip(truth, predicted, strict=True)) / len(truth),
        macro_f1=macro_f1(label_figures(truth, predicted)),
        micro_f1=micro_f1(truth, predicted),
        n=len(truth),
    )


def tfidf_svm(
    texts: Sequence[str], labels: Sequence[str], asked: Sequence[str], *, characters: bool = True
) -> list[str] | None:
    """Words (1–2) and, if wanted, ``characters`` (2–5) by TF-IDF, then a linear support vector machine; None without
    scikit-learn."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    views = [TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)]
    if characters:
        views.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True))
    learner = make_pipeline(make_union(*views), LinearSVC(random_state=0))
    learner.fit(list(texts), list(labels))
    return [str(label) for label in learner.predict(list(asked))]


def tfidf_many(texts: Sequence[str], labels: Sequence[Label], asked: Sequence[str]) -> list[Label] | None:
    """Words and characters as in `tfidf_svm`, one machine a label; None without scikit-learn."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.preprocessing import MultiLabelBinarizer
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    learner = make_pipeline(make_union(words, characters), OneVsRestClassifier(LinearSVC(random_state=0)))
    names = MultiLabelBinarizer()
    learner.fit(list(texts), names.fit_transform([sorted(row) for row in labels]))
    return [{str(label) for label in row} for row in names.inverse_transform(learner.predict(list(asked)))]


def beside(
    card: TalkCard, name: str, measure: Callable[[], Mapping[str, Baseline] | None]
) -> tuple[dict[str, Baseline], tuple[str, ...]]:
    """The baselines for a report, and a note where they are only the card's."""
    measured = measure()
    if measured is not None:
        return dict(measured), ()
    note = "baselines are the card's: no training files or no scikit-learn here (pip install 'usher[train]')"
    return from_card(card, name), (note,)
