"""What a small vocabulary keeps."""

from __future__ import annotations

import pytest

from models.talk.sets.pieces import SPECIAL
from models.training.talk.vocabulary import pruned

pytestmark = pytest.mark.req("W-12")

FULL = [
    "[PAD]",
    "[unused0]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "b",
    "##a",
    "##b",
    "the",
    "of",
    "##ing",
    "loan",
    "é",
]


def test_keeps_single_characters_then_what_training_uses_then_the_commonest() -> None:
    assert pruned(FULL, ["loan", "##ing", "loan"], 9) == [*SPECIAL, "a", "b", "##a", "##b", "loan"]
    assert pruned(FULL, ["loan", "##ing", "loan"], 11) == [*SPECIAL, "a", "b", "##a", "##b", "the", "##ing", "loan"]


def test_needs_no_more_than_there_is_and_leaves_out_what_no_text_becomes() -> None:
    kept = pruned(FULL, ["é", "[SEP]"], 100)
    assert kept == [*SPECIAL, "a", "b", "##a", "##b", "the", "of", "##ing", "loan", "é"]
