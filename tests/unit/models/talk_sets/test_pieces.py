"""Word pieces: nothing is lost within what a model looks at, and places lead back to the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ArtefactError
from models.talk.sets.pieces import LONGEST, SPECIAL, WordPieces, covering

pytestmark = pytest.mark.req("W-12")

PIECES = (*SPECIAL, "a", "b", "##b", "card", "not", ",")
SPLIT = WordPieces(PIECES)


def said(ids: tuple[int, ...]) -> list[str]:
    return [PIECES[at] for at in ids]


def test_splits_into_the_longest_pieces_and_says_where_they_are() -> None:
    text = "Not, a CARDb"
    pieces = SPLIT.one(text)
    assert said(pieces.ids) == ["[CLS]", "not", ",", "a", "card", "##b", "[SEP]"]
    assert [text[start:end] for start, end in pieces.spans] == ["", "Not", ",", "a", "CARD", "b", ""]
    assert covering(pieces.spans, 7, 12) == [4, 5]
    assert pieces.segments == (0,) * 7


def test_a_pair_is_two_segments() -> None:
    pieces = SPLIT.pair("a", "b zzz")
    assert said(pieces.ids) == ["[CLS]", "a", "[SEP]", "b", "[UNK]", "[SEP]"]
    assert pieces.segments == (0, 0, 0, 1, 1, 1)


def test_of_a_long_text_the_beginning_is_kept_and_of_what_came_before_it_the_end() -> None:
    alone = SPLIT.one("a " * 500 + "b")
    assert len(alone.ids) == LONGEST
    assert "b" not in said(alone.ids)
    assert covering(alone.spans, 1000, 1001) == []
    both = SPLIT.pair("b " + "a " * 500 + "not", "card")
    assert len(both.ids) == LONGEST
    assert said(both.ids)[-4:] == ["not", "[SEP]", "card", "[SEP]"]
    assert "b" not in said(both.ids)
    long = SPLIT.pair("a", "card " * 500)
    assert (len(long.ids), said(long.ids)[:4]) == (LONGEST, ["[CLS]", "[SEP]", "card", "card"])


def test_refuses_a_vocabulary_without_its_beginning() -> None:
    with pytest.raises(ArtefactError, match="a vocabulary begins with"):
        WordPieces(("a", "b"))


def test_says_when_a_file_is_no_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}')
    with pytest.raises(ArtefactError, match="not a vocabulary: Expected `array`"):
        WordPieces.load(tmp_path / "a.json")
