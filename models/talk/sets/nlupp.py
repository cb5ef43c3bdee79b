"""NLU++, banking: all that a customer says at once, affirming and denying among it.

Source: I. Casanueva et al., "NLU++: A Multi-Label, Slot-Rich, Generalisable Dataset for Natural Language Understanding
in Task-Oriented Dialogue", Findings of NAACL 2022, https://aclanthology.org/2022.findings-naacl.154, CC BY 4.0.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from models.errors import DatasetCorrupt
from models.talk.sets.baselines import beside, label_figures_of, tfidf_many, training_file
from models.talk.sets.english import EnglishModel, english_model
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.holdout import held_out
from models.talk.sets.report import Baseline, Report, label_figures, macro_f1, micro_f1, wilson

NAME = "nlupp"
FILES = "NLU++ JSON (.json, .json.gz): a list of objects with text and intents"


class Utterance(msgspec.Struct, frozen=True):
    """What was said, and its intents; none is possible."""

    text: str
    intents: tuple[str, ...] = ()


def load_nlupp(path: Path) -> list[Utterance]:
    """The utterances in the file or folder, in order; in a folder the ontology is passed over.

    `DatasetCorrupt` names file and place.
    """
    files = read_texts(path, (".json",), files=FILES)
    if path.is_dir():
        files = [file for file in files if not file.path.name.startswith("ontology")]
    found = [utterance for file in files for utterance in _utterances(file)]
    if not found:
        raise DatasetCorrupt(f"{path}: no utterance; expected {FILES}")
    return found


def _utterances(file: TextFile) -> list[Utterance]:
    try:
        return msgspec.json.decode(file.text, type=list[Utterance])
    except msgspec.DecodeError as error:
        raise DatasetCorrupt(f"{file.path}: {error}; expected {FILES}") from error


def learned_part(utterances: list[Utterance]) -> list[Utterance]:
    """The rows of the training files that the model learned from."""
    return [one for one in utterances if not held_out(NAME, one.text)]


def predict(model: EnglishModel, utterances: list[Utterance]) -> list[set[str]]:
    """Every utterance's intents: those more likely than not, possibly none."""
    names = model.labels(NAME)
    return [{names[at] for at in (model.scores(NAME, one.text) > 0).nonzero()[0]} for one in utterances]


def evaluate(path: Path) -> Report:
    """The figures of the English model on the utterances in ``path``."""
    asked = load_nlupp(path)
    folder = training_file(NAME)
    return measured(english_model(), asked, None if folder is None else learned_part(load_nlupp(folder)))


def measured(model: EnglishModel, asked: list[Utterance], known: list[Utterance] | None) -> Report:
    """The figures on ``asked``; ``known`` is what the model and the baselines learn from, if it is here.

    ``accuracy`` is the share of utterances whose intents are exactly right.
    """
    baselines, notes = beside(model.card, NAME, lambda: None if known is None else baselines_of(known, asked))
    truth = [set(one.intents) for one in asked]
    predicted = predict(model, asked)
    exact = sum(a == b for a, b in zip(truth, predicted, strict=True)) / len(truth)
    classes = label_figures(truth, predicted)
    return Report(
        set=NAME,
        model=model.card.name,
        n=len(truth),
        accuracy=exact,
        accuracy_interval=wilson(exact, len(truth)),
        macro_f1=macro_f1(classes),
        micro_f1=micro_f1(truth, predicted),
        baselines=baselines,
        classes=classes,
        seen_in_training=None if known is None else _seen(known, asked),
        notes=notes,
    )


def baselines_of(known: list[Utterance], asked: list[Utterance]) -> dict[str, Baseline] | None:
    """Learned from ``known``, measured on ``asked``; None without scikit-learn."""
    predicted = tfidf_many(
        [one.text for one in known], [set(one.intents) for one in known], [one.text for one in asked]
    )
    if predicted is None:
        return None
    what = "TF-IDF of words and characters, a linear SVM for every intent"
    return {"tfidf": label_figures_of([set(one.intents) for one in asked], predicted, what)}


def _seen(known: list[Utterance], asked: list[Utterance]) -> int:
    texts = {one.text for one in known}
    return sum(one.text in texts for one in asked)
