"""MAMS: which of the things named in a sentence is praised and which is not.

Source: Q. Jiang et al., "A Challenge Dataset and Effective Models for Aspect-Based Sentiment Analysis", EMNLP 2019,
https://aclanthology.org/D19-1654, Apache-2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from models.errors import DatasetCorrupt
from models.talk.sets.baselines import beside, figures_of, tfidf_svm, training_file
from models.talk.sets.english import EnglishModel, english_model
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.report import Baseline, Report, single_report

NAME = "mams"
WINDOW_WORDS = 3
"""Words on either side of a term that the window baseline looks at."""

POLARITIES = ("negative", "neutral", "positive")
FILES = "MAMS XML (.xml, .xml.gz): <sentence> with <text> and <aspectTerm term polarity from to>"


@dataclass(frozen=True, slots=True)
class Aspect:
    """A term of the sentence, in characters ``start`` to ``end`` (exclusive), and what is felt about it."""

    term: str
    start: int
    end: int
    polarity: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its aspect terms, in the file's order."""

    text: str
    aspects: tuple[Aspect, ...]


def load_mams(path: Path) -> list[Sentence]:
    """The sentences with at least one aspect term in the file or folder; polarities other than the three (`conflict`)
    are left out, as in the paper.

    `DatasetCorrupt` names file, sentence and what is wrong.
    """
    found = [sentence for file in read_texts(path, (".xml",), files=FILES) for sentence in _sentences(file)]
    if not found:
        raise DatasetCorrupt(f"{path}: no sentence with an aspect term; expected {FILES}")
    return found


def _sentences(file: TextFile) -> list[Sentence]:
    if "<!DOCTYPE" in file.text or "<!ENTITY" in file.text:
        raise DatasetCorrupt(f"{file.path}: has a document type or entities of its own; expected {FILES}")
    try:
        root = ElementTree.fromstring(file.text.encode())
    except ElementTree.ParseError as error:
        raise DatasetCorrupt(f"{file.path}: not XML: {error}; expected {FILES}") from error
    found = []
    for number, element in enumerate(root.iter("sentence"), start=1):
        where = f"{file.path}: sentence {number}"
        text = element.findtext("text")
        if text is None:
            raise DatasetCorrupt(f"{where}: no <text>; expected {FILES}")
        terms = [_aspect(term, text, where) for term in element.iter("aspectTerm")]
        known = tuple(term for term in terms if term.polarity in POLARITIES)
        if known:
            found.append(Sentence(text, known))
    return found


def _aspect(element: ElementTree.Element, text: str, where: str) -> Aspect:
    term, polarity = element.get("term"), element.get("polarity")
    try:
        start, end = int(element.get("from", "")), int(element.get("to", ""))
    except ValueError as error:
        raise DatasetCorrupt(f"{where}: from and to must be numbers: {dict(element.attrib)}") from error
    if term is None or polarity is None:
        raise DatasetCorrupt(f"{where}: an aspect needs term and polarity: {dict(element.attrib)}")
    if not 0 <= start < end <= len(text):
        raise DatasetCorrupt(f"{where}: from {start} to {end} is outside the text of {len(text)} characters")
    return Aspect(term, start, end, polarity)


def predict(model: EnglishModel, sentences: list[Sentence]) -> list[str]:
    """The polarity of every aspect term, in order."""
    names = model.labels(NAME)
    found = []
    for sentence in sentences:
        scores = model.span_scores(NAME, sentence.text, [(one.start, one.end) for one in sentence.aspects])
        found += [names[at] for at in scores.argmax(axis=1)]
    return found


def evaluate(path: Path) -> Report:
    """The figures of the English model on the aspect terms in ``path``."""
    asked = load_mams(path)
    file = training_file(NAME, "en_mams_train.xml.gz")
    return measured(english_model(), asked, None if file is None else load_mams(file))


def measured(model: EnglishModel, asked: list[Sentence], known: list[Sentence] | None) -> Report:
    """The figures on ``asked``; ``known`` is what the model and the baselines learn from, if it is here."""
    baselines, notes = beside(model.card, NAME, lambda: None if known is None else baselines_of(known, asked))
    return single_report(
        NAME,
        model.card.name,
        [one.polarity for sentence in asked for one in sentence.aspects],
        predict(model, asked),
        baselines,
        seen=None if known is None else _seen(known, asked),
        notes=notes,
    )


def baselines_of(known: list[Sentence], asked: list[Sentence]) -> dict[str, Baseline] | None:
    """Learned from ``known``, measured on ``asked``; None without scikit-learn."""
    truth = [one.polarity for sentence in asked for one in sentence.aspects]
    found = {}
    for name, view, what in (
        ("aspect_blind", _whole, "TF-IDF of the sentence's words, linear SVM"),
        ("window", _window, f"TF-IDF of the term and {WINDOW_WORDS} words on either side, linear SVM"),
    ):
        predicted = tfidf_svm(
            [view(sentence, one) for sentence in known for one in sentence.aspects],
            [one.polarity for sentence in known for one in sentence.aspects],
            [view(sentence, one) for sentence in asked for one in sentence.aspects],
            characters=False,
        )
        if predicted is None:
            return None
        found[name] = figures_of(truth, predicted, what)
    return found


def _whole(sentence: Sentence, aspect: Aspect) -> str:
    del aspect
    return sentence.text


def _window(sentence: Sentence, aspect: Aspect) -> str:
    before = sentence.text[: aspect.start].split()[-WINDOW_WORDS:]
    after = sentence.text[aspect.end :].split()[:WINDOW_WORDS]
    return " ".join([*before, aspect.term, *after])


def _seen(known: list[Sentence], asked: list[Sentence]) -> int:
    texts = {sentence.text for sentence in known}
    return sum(len(sentence.aspects) for sentence in asked if sentence.text in texts)
