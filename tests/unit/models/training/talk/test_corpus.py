"""What is learned from and what is kept, on the real files: no row is on both sides."""

from __future__ import annotations

import pytest

from models.datasets.location import data_folders
from models.errors import DatasetMissing
from models.training.talk.corpus import load_corpus

pytestmark = pytest.mark.req("W-12")


def test_no_row_is_learned_from_and_measured() -> None:
    folder = data_folders()[0]
    missing = [name for name in ("mams", "banking77", "nlupp", "sgd-banks") if not (folder / name).is_dir()]
    if missing:
        pytest.skip(f"no {', '.join(missing)} in {folder}: set USHER_DATA to the folder that has the data sets")
    corpus = load_corpus(folder)
    learned, kept = corpus.learned, corpus.kept
    assert not {one.text for one in learned.mams} & {one.text for one in kept.mams}
    assert not {one.text for one in learned.banking77} & {one.text for one in kept.banking77}
    assert not {one.text for one in learned.nlupp} & {one.text for one in kept.nlupp}
    assert not {one.dialogue for one in learned.sgd_banks} & {one.dialogue for one in kept.sgd_banks}
    assert {use.set: (use.rows, use.held_out) for use in corpus.uses} == {
        "mams": (11186, 1332),
        "banking77": (9471, 532),
        "nlupp": (1495, 163),
        "sgd-banks": (3018, 663),
    }
    assert {use.set: len(use.files) for use in corpus.uses} == {"mams": 2, "banking77": 1, "nlupp": 17, "sgd-banks": 4}


def test_says_which_folder_is_not_there() -> None:
    with pytest.raises(DatasetMissing, match="no such folder; name the one that has mams"):
        load_corpus(data_folders()[0] / "nowhere")
