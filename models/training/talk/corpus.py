"""The four English sets apart into what is learned from and what is only measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.errors import DatasetMissing
from models.talk.sets import banking77, mams, nlupp, sgd_banks
from models.talk.sets.banking77 import Query
from models.talk.sets.card import DataUse
from models.talk.sets.holdout import held_out
from models.talk.sets.mams import Sentence
from models.talk.sets.nlupp import Utterance
from models.talk.sets.registry import SETS
from models.talk.sets.sgd_banks import Reply


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of every set."""

    mams: list[Sentence]
    banking77: list[Query]
    nlupp: list[Utterance]
    sgd_banks: list[Reply]

    def texts(self) -> list[str]:
        """Every text, each as often as it is there."""
        return [
            *(one.text for one in self.mams),
            *(one.text for one in self.banking77),
            *(one.text for one in self.nlupp),
            *(text for one in self.sgd_banks for text in (one.before, one.text)),
        ]


@dataclass(frozen=True, slots=True)
class Corpus:
    """``learned``: for training. ``kept``: never learned from. ``uses``: for the card."""

    learned: Part
    kept: Part
    uses: tuple[DataUse, ...]


def load_corpus(folder: Path) -> Corpus:
    """The sets in the data folder; a `DatasetError` says what is missing or wrong."""
    if not folder.is_dir():
        raise DatasetMissing(f"{folder}: no such folder; name the one that has mams, banking77, nlupp and sgd-banks")
    queries = banking77.load_banking77(folder / "banking77")
    utterances = nlupp.load_nlupp(folder / "nlupp")
    replies = sgd_banks.load_sgd_banks(folder / "sgd-banks")
    learned = Part(
        mams.load_mams(folder / "mams" / "en_mams_train.xml.gz"),
        banking77.learned_part(queries),
        nlupp.learned_part(utterances),
        sgd_banks.learned_part(replies),
    )
    kept = Part(
        mams.load_mams(folder / "mams" / "en_mams_val.xml"),
        [one for one in queries if held_out(banking77.NAME, one.text)],
        [one for one in utterances if held_out(nlupp.NAME, one.text)],
        [one for one in replies if held_out(sgd_banks.NAME, one.dialogue)],
    )
    uses = (
        _use(folder, mams.NAME, _terms(learned.mams), _terms(kept.mams)),
        _use(folder, banking77.NAME, len(learned.banking77), len(kept.banking77)),
        _use(folder, nlupp.NAME, len(learned.nlupp), len(kept.nlupp)),
        _use(folder, sgd_banks.NAME, len(learned.sgd_banks), len(kept.sgd_banks)),
    )
    return Corpus(learned, kept, uses)


def _terms(sentences: list[Sentence]) -> int:
    return sum(len(sentence.aspects) for sentence in sentences)


def _use(folder: Path, name: str, rows: int, kept: int) -> DataUse:
    one = SETS[name]
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / name).iterdir())}
    return DataUse(name, one.title, one.source, one.licence, files, rows, kept)
