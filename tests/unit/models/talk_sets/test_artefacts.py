"""A talk model's folder: what is whole works, what is not is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.errors import ArtefactError
from models.talk.sets.artefacts import CARD_FILE, MODEL_FILE, open_artefact
from models.talk.sets.english import VOCABULARY_FILE, EnglishModel, softmax
from tests.unit.models.talk_sets.networks import write_artefact

pytestmark = pytest.mark.req("W-12")


def test_opens_what_the_card_describes(tmp_path: Path) -> None:
    card = write_artefact(tmp_path)
    assert open_artefact(tmp_path).card == card


@pytest.mark.parametrize("name", [MODEL_FILE, VOCABULARY_FILE])
def test_refuses_an_altered_or_missing_file(tmp_path: Path, name: str) -> None:
    write_artefact(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\n")
    with pytest.raises(ArtefactError, match=f"{name}: sha256 is .* damaged or altered"):
        open_artefact(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ArtefactError, match=f"{name}: cannot be read"):
        open_artefact(tmp_path)


def test_refuses_a_card_that_says_too_little_or_is_of_another_release(tmp_path: Path) -> None:
    write_artefact(tmp_path)
    content = (tmp_path / CARD_FILE).read_bytes()
    (tmp_path / CARD_FILE).write_bytes(content.replace(b'"format": 1', b'"format": 9'))
    with pytest.raises(ArtefactError, match="format = 9, this release reads 1"):
        open_artefact(tmp_path)
    (tmp_path / CARD_FILE).write_bytes(content.replace(b'"seed": 0', b'"grain": 0'))
    with pytest.raises(ArtefactError, match=r"not a talk model's card: .*grain"):
        open_artefact(tmp_path)
    (tmp_path / CARD_FILE).unlink()
    with pytest.raises(ArtefactError, match=r"card\.json: cannot be read"):
        open_artefact(tmp_path)


def test_scores_belong_to_the_span_and_a_span_beyond_reach_takes_the_whole_text(tmp_path: Path) -> None:
    write_artefact(tmp_path)
    model = EnglishModel.load(tmp_path)
    text = "food " * 100 + "far"
    near, far, whole = model.span_scores("mams", text, [(0, 4), (500, 503), (0, 499)])
    assert near.shape == (3,)
    assert np.isfinite(far).all()
    assert not np.allclose(near, far)
    assert not np.allclose(near, whole)


def test_a_texts_scores_depend_on_the_text_alone(tmp_path: Path) -> None:
    write_artefact(tmp_path)
    model = EnglishModel.load(tmp_path)
    first = model.scores("banking77", "where is it")
    model.scores("banking77", "a much longer text about something else entirely")
    assert np.array_equal(model.scores("banking77", "where is it"), first)
    assert not np.array_equal(model.pair_scores("banking77", "lost", "where is it"), first)
    assert softmax(first).sum() == pytest.approx(1.0)
