"""Training the linear model beside the English one for BANKING77: ``python -m models.training.talk.banking77``.

A linear support vector machine over hashed words and parts of words. It is first learned without the rows held out,
as the English model was, to choose its weight and for the card's figures; the shipped one then learns from all rows.
The weight is the one of least log loss. The figures are crossed: each half of the rows held out is measured with the
weight that the other half chose.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from models.training.talk.hashed import Floats, matrix, rounded, to_onnx
from models.training.talk.held_out import for_card, held_out_figures

FILE = "banking77_train.csv"
C = 1.0
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""What the linear model may count for beside the English one."""
SHARPNESS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)
"""Factors on the scores that the log loss may choose freely, so that a weight is not taken for its sharpness alone."""
SEED = 0


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows held out and what each model says of them, having learned from none. ``classes``: the true ones, [N]."""

    queries: list[Query]
    labels: tuple[str, ...]
    parts: Parts
    classes: npt.NDArray[np.int64]

    def said(self, weights: Sequence[float]) -> list[str]:
        """Each row's intent, the linear model counting for its own ``weights``."""
        scores = self.parts[0] + np.array(weights)[:, None] * self.parts[1]
        return [self.labels[int(at)] for at in scores.argmax(axis=1)]


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
    weights, bias = learn(learned_part(list(queries)), labels)
    texts = [one.text for one in kept]
    linear = np.asarray(matrix([features(text) for text in texts], BUCKETS) @ weights + bias)
    parts = (english_logs(english, texts), linear - linear.mean(axis=1, keepdims=True))
    return Unseen(kept, labels, parts, np.array([labels.index(one.intent) for one in kept], dtype=np.int64))


def best_weight(parts: Parts, classes: npt.NDArray[np.int64]) -> float:
    """The weight of least log loss on the rows, at its best sharpness; the smaller of two alike."""
    return min(
        WEIGHTS, key=lambda weight: min(_log_loss(sharp * combined(parts, weight), classes) for sharp in SHARPNESS)
    )


def _log_loss(scores: npt.NDArray[np.float64], classes: npt.NDArray[np.int64]) -> float:
    high = scores.max(axis=1)
    total = high + np.log(np.exp(scores - high[:, None]).sum(axis=1))
    return float((total - scores[np.arange(len(classes)), classes]).mean())


def crossed_weights(rows: Unseen) -> list[float]:
    """For each row the weight that the other half of the rows chose; halves by hash of the text."""
    half = np.array([zlib.crc32(one.text.encode()) % 2 for one in rows.queries])
    chosen = [
        best_weight((rows.parts[0][half != side], rows.parts[1][half != side]), rows.classes[half != side])
        for side in (0, 1)
    ]
    return [chosen[side] for side in half.tolist()]


def figures(rows: Unseen, known: list[Query]) -> HeldOutFigures:
    """The crossed figures; beside them each model alone, and the baselines learned from ``known``."""
    truth = [one.intent for one in rows.queries]
    said = rows.said(crossed_weights(rows))
    english = rows.said([0.0] * len(truth))
    linear = [rows.labels[int(at)] for at in rows.parts[1].argmax(axis=1)]
    pairs = list(zip(truth, said, english, strict=True))
    found = held_out_figures(
        truth,
        said,
        {"english": ("the English model alone", english), "linear": ("the linear model alone", linear)},
        {
            "rows_won_over_english": float(sum(one == ours != theirs for one, ours, theirs in pairs)),
            "rows_lost_to_english": float(sum(one == theirs != ours for one, ours, theirs in pairs)),
        },
    )
    learned = for_card(baselines_of(known, rows.queries) or {})
    return msgspec.structs.replace(found, baselines={**found.baselines, **learned})


def train(file: Path, english: EnglishModel, out: Path, made: str) -> TalkCard:
    """Learns from ``file``, writes model and card into ``out``; gives the card."""
    queries = load_banking77(file)
    rows = unseen(queries, english)
    content = to_onnx(*learn(queries, rows.labels), NAME, bits=8)
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
            "are added to the logarithms of the English model's probabilities (models/talk/sets/banking77.py)"
        ),
        seed=SEED,
        settings={
            "buckets": BUCKETS,
            "c": C,
            WEIGHT: best_weight(rows.parts, rows.classes),
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
