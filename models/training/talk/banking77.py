"""Training the linear model beside the English one for BANKING77: ``python -m models.training.talk.banking77``.

A linear support vector machine over hashed words and parts of words. It is first learned without the rows held out,
as the English model was, to choose its weight and for the card's figures; the shipped one then learns from all rows.
The weight is the one of least log loss. The training file asks some intents five times as often as others, which says
nothing of how often a bank's customers do: what that adds to an intent's score is taken off again (A. K. Menon et al.,
"Long-tail learning via logit adjustment", ICLR 2021), in the file by the linear model's bias. The figures are crossed:
each half of the rows held out is measured with the mixture that the other half chose.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.svm import LinearSVC

from models.datasets.location import data_folders
from models.errors import DatasetMissing, ModelsError
from models.talk.sets.artefacts import CARD_FILE, FOLDER, MODEL_FILE
from models.talk.sets.banking77 import (
    BUCKETS,
    NAME,
    WEIGHT,
    Parts,
    Query,
    baselines_of,
    combined,
    english_logs,
    features,
    learned_part,
    load_banking77,
)
from models.talk.sets.card import CARD_FORMAT, DataUse, HeldOutFigures, TalkCard, encode_card
from models.talk.sets.english import EnglishModel, english_model
from models.talk.sets.holdout import held_out
from models.talk.sets.registry import SETS
from models.talk.sets.report import accuracy, class_figures
from models.training.talk.hashed import Floats, matrix, rounded, to_onnx
from models.training.talk.held_out import for_card, held_out_figures

FILE = "banking77_train.csv"
C = 1.0
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""What the linear model may count for beside the English one."""
SHARPNESS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)
"""Factors on the scores that the log loss may choose freely, so that a weight is not taken for its sharpness alone."""
SEED = 0


class Mixture(NamedTuple):
    """What the linear model counts for, and the factor with which the sum of both is nearest to log probabilities."""

    weight: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows held out and what each model says of them, having learned from none. ``classes``: the true ones, [N];
    ``frequencies``: logarithms of the intents' shares of the rows learned from, [77]."""

    queries: list[Query]
    labels: tuple[str, ...]
    parts: Parts
    classes: npt.NDArray[np.int64]
    frequencies: npt.NDArray[np.float64]

    def said(self, mixtures: Sequence[Mixture], *, evened: bool = True) -> list[str]:
        """Each row's intent by its own mixture; ``evened``: as if all intents were as frequent."""
        weights = np.array([one.weight for one in mixtures])
        scores = self.parts[0] + weights[:, None] * self.parts[1]
        if evened:
            scores = scores - self.frequencies / np.array([one.sharpness for one in mixtures])[:, None]
        return [self.labels[int(at)] for at in scores.argmax(axis=1)]


def frequencies(queries: Sequence[Query], labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Logarithms of the intents' shares of the queries, [77]; every intent must be there."""
    counts = Counter(one.intent for one in queries)
    return np.log(np.array([counts[label] for label in labels]) / len(queries))


def find_file() -> Path:
    """The training file; `DatasetMissing` says where it was looked for."""
    looked = [folder / NAME / FILE for folder in data_folders()]
    for path in looked:
        if path.is_file():
            return path
    raise DatasetMissing(f"no file {' or '.join(map(str, looked))}; set USHER_DATA")


def learn(queries: Sequence[Query], labels: Sequence[str]) -> tuple[Floats, Floats]:
    """Weights [buckets, 77] as the file will have them, and bias [77]."""
    place = {label: at for at, label in enumerate(labels)}
    learner = LinearSVC(C=C, random_state=SEED)
    rows = matrix([features(one.text) for one in queries], BUCKETS)
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)  # liblinear takes no other
    learner.fit(rows, [place[one.intent] for one in queries])
    steps, size = rounded(np.asarray(learner.coef_, dtype=np.float64).T)
    return steps * size, np.asarray(learner.intercept_, dtype=np.float64)


def unseen(queries: Sequence[Query], english: EnglishModel) -> Unseen:
    """The rows held out, by the English model and a linear one that learned from the others."""
    labels = english.labels(NAME)
    kept = [one for one in queries if held_out(NAME, one.text)]
    known = learned_part(list(queries))
    weights, bias = learn(known, labels)
    texts = [one.text for one in kept]
    linear = np.asarray(matrix([features(text) for text in texts], BUCKETS) @ weights + bias)
    parts = (english_logs(english, texts), linear - linear.mean(axis=1, keepdims=True))
    classes = np.array([labels.index(one.intent) for one in kept], dtype=np.int64)
    return Unseen(kept, labels, parts, classes, frequencies(known, labels))


def best_mixture(parts: Parts, classes: npt.NDArray[np.int64]) -> Mixture:
    """The mixture of least log loss on the rows, which are as frequent as the training file's; the smaller of two."""
    return min(
        itertools.starmap(Mixture, itertools.product(WEIGHTS, SHARPNESS)),
        key=lambda one: _log_loss(one.sharpness * combined(parts, one.weight), classes),
    )


def evened(bias: Floats, shares: npt.NDArray[np.float64], mixture: Mixture) -> Floats:
    """The linear model's bias with what takes off the frequencies, [77]; as it is where it counts for nothing."""
    return bias - shares / (mixture.sharpness * mixture.weight) if mixture.weight else bias


def _log_loss(scores: npt.NDArray[np.float64], classes: npt.NDArray[np.int64]) -> float:
    high = scores.max(axis=1)
    total = high + np.log(np.exp(scores - high[:, None]).sum(axis=1))
    return float((total - scores[np.arange(len(classes)), classes]).mean())


def crossed_mixtures(rows: Unseen) -> list[Mixture]:
    """For each row the mixture that the other half of the rows chose; halves by hash of the text."""
    half = np.array([zlib.crc32(one.text.encode()) % 2 for one in rows.queries])
    chosen = [
        best_mixture((rows.parts[0][half != side], rows.parts[1][half != side]), rows.classes[half != side])
        for side in (0, 1)
    ]
    return [chosen[side] for side in half.tolist()]


def figures(rows: Unseen, known: list[Query]) -> HeldOutFigures:
    """The crossed figures; beside them each model alone, and the baselines learned from ``known``."""
    truth = [one.intent for one in rows.queries]
    mixtures = crossed_mixtures(rows)
    said, plain = rows.said(mixtures), rows.said(mixtures, evened=False)
    english = rows.said([Mixture(0.0, 1.0)] * len(truth), evened=False)
    linear = [rows.labels[int(at)] for at in rows.parts[1].argmax(axis=1)]
    pairs = list(zip(truth, said, english, strict=True))
    found = held_out_figures(
        truth,
        said,
        {"english": ("the English model alone", english), "linear": ("the linear model alone", linear)},
        {
            "rows_won_over_english": float(sum(one == ours != theirs for one, ours, theirs in pairs)),
            "rows_lost_to_english": float(sum(one == theirs != ours for one, ours, theirs in pairs)),
            "mean_recall": mean_recall(truth, said),
            "mean_recall_not_evened": mean_recall(truth, plain),
            "accuracy_not_evened": accuracy(truth, plain),
        },
    )
    learned = for_card(baselines_of(known, rows.queries) or {})
    return msgspec.structs.replace(found, baselines={**found.baselines, **learned})


def mean_recall(truth: Sequence[str], said: Sequence[str]) -> float:
    """The accuracy if every intent that the rows have were asked as often."""
    classes = class_figures(truth, said)
    return sum(one.recall for one in classes.values()) / len(classes)


def train(file: Path, english: EnglishModel, out: Path, made: str) -> TalkCard:
    """Learns from ``file``, writes model and card into ``out``; gives the card."""
    queries = load_banking77(file)
    rows = unseen(queries, english)
    mixture = best_mixture(rows.parts, rows.classes)
    weights, bias = learn(queries, rows.labels)
    content = to_onnx(weights, evened(bias, frequencies(queries, rows.labels), mixture), NAME, bits=8)
    one = SETS[NAME]
    card = TalkCard(
        format=CARD_FORMAT,
        name=f"{NAME}-{hashlib.sha256(content).hexdigest()[:12]}+{english.card.name}",
        made=made,
        base_model=f"{english.card.name}, which it stands beside",
        base_licence=english.card.base_licence,
        licence="Apache-2.0; learned from data under the licences named under data",
        method=(
            "linear support vector machine over hashed words, neighbours and parts of words; its scores times weight "
            "are added to the logarithms of the English model's probabilities (models/talk/sets/banking77.py); its "
            "bias takes off how often the training file asks for each intent"
        ),
        seed=SEED,
        settings={
            "buckets": BUCKETS,
            "c": C,
            WEIGHT: mixture.weight,
            "sharpness": mixture.sharpness,
            "english_sha256": english.card.files[MODEL_FILE],
        },
        files={MODEL_FILE: hashlib.sha256(content).hexdigest()},
        model_bytes=len(content),
        labels={NAME: rows.labels},
        data=(
            DataUse(
                NAME,
                one.title,
                one.source,
                one.licence,
                {file.name: hashlib.sha256(file.read_bytes()).hexdigest()},
                len(queries),
                0,
            ),
        ),
        held_out={NAME: figures(rows, learned_part(queries))},
        limits=(
            "The linear model shipped learned from all rows. The figures are those of one learned, like the English "
            "model, without the rows held out, crossed over two halves of these; features and settings were looked at "
            "on the same rows before, so they flatter a little. The file shipped can't be measured on rows of the "
            "training file."
        ),
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL_FILE).write_bytes(content)
    (out / CARD_FILE).write_bytes(encode_card(card))
    return card


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER / NAME, help="Where to write.")
@click.option("--made", default=None, help="The card's date (YYYY-MM-DD); today without.")
def main(out: Path, made: str | None) -> None:
    """Train the linear model of BANKING77 and write it with its card."""
    try:
        card = train(find_file(), english_model(), out, made or dt.datetime.now(dt.UTC).date().isoformat())
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    one = card.held_out[NAME]
    low, high = one.accuracy_interval.low, one.accuracy_interval.high
    click.echo(f"n={one.n} accuracy={one.accuracy:.4f} [{low:.4f}, {high:.4f}] macro_f1={one.macro_f1:.4f}")
    for name, beside in one.baselines.items():
        click.echo(f"  {name}: accuracy {beside.accuracy:.4f}, macro-F1 {beside.macro_f1:.4f}")
    click.echo(f"weight {card.settings[WEIGHT]}, {dict(one.others)}; {out}: {card.model_bytes} bytes")


if __name__ == "__main__":
    main()
