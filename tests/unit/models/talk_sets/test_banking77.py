"""BANKING77: what the linear model sees, and the English and the linear model together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.errors import ArtefactError
from models.talk.sets.artefacts import CARD_FILE, FOLDER, MODEL_FILE
from models.talk.sets.banking77 import NAME, WEIGHT, Banking77Model, Query, banking77_model, combined, features, predict
from models.talk.sets.card import encode_card
from models.talk.sets.english import english_model

pytestmark = pytest.mark.req("W-12")

TEXTS = ("My card was stolen!", "How do I top up by cheque?", "Why is my transfer pending", "???")
MOST_BYTES = 16_000_000


def test_words_neighbours_and_parts_with_edges_are_seen() -> None:
    seen = features("Top-up, top")
    assert set(seen) == {
        *("wtop", "wup", "ptop up", "pup top"),
        *("c t", "cto", "cop", "cp ", "c to", "ctop", "cop ", "c top", "ctop ", "c top "),
        *("c u", "cup", "c up", "cup ", "c up "),
    }
    assert sum(value**2 for value in seen.values()) == pytest.approx(1.0)
    assert seen["wtop"] / seen["wup"] == pytest.approx(1.0 + np.log(2))


def test_a_text_without_a_word_is_left_to_the_english_model() -> None:
    assert features("?! …") == {}
    assert banking77_model().predict([Query("???", "x")]) == predict(english_model(), [Query("???", "x")])


def test_the_weight_says_what_the_linear_model_counts_for() -> None:
    parts = np.array([[0.0, -1.0]]), np.array([[-0.5, 0.5]])
    assert combined(parts, 0.0).argmax() == 0
    assert combined(parts, 2.0).tolist() == [[-1.0, 0.0]]


def test_the_same_text_has_the_same_scores_in_any_company() -> None:
    model = banking77_model()
    together = model.scores(TEXTS)
    assert together.shape == (len(TEXTS), 77)
    assert np.array_equal(together, Banking77Model.load().scores(TEXTS))
    for at, text in enumerate(TEXTS):
        assert np.array_equal(model.scores([text])[0], together[at])


def test_plain_queries_find_their_intents() -> None:
    asked = {"I lost my card, it was stolen": "lost_or_stolen_card", "I forgot my passcode": "passcode_forgotten"}
    assert banking77_model().predict([Query(text, "") for text in asked]) == list(asked.values())
    assert banking77_model().predict([]) == []


def test_both_models_must_speak_of_the_same_intents(tmp_path: Path) -> None:
    card = banking77_model().card
    (tmp_path / MODEL_FILE).write_bytes((FOLDER / NAME / MODEL_FILE).read_bytes())
    for altered in (
        msgspec.structs.replace(card, labels={NAME: card.labels[NAME][::-1]}),
        msgspec.structs.replace(card, settings={key: value for key, value in card.settings.items() if key != WEIGHT}),
    ):
        (tmp_path / CARD_FILE).write_bytes(encode_card(altered))
        with pytest.raises(ArtefactError, match=r"python -m models\.training\.talk\.banking77"):
            Banking77Model.load(tmp_path)


def test_the_weight_was_chosen_beside_the_english_model_that_is_shipped() -> None:
    digest = hashlib.sha256((FOLDER / "english" / MODEL_FILE).read_bytes()).hexdigest()
    assert banking77_model().card.settings["english_sha256"] == digest


def test_all_talk_models_together_are_small() -> None:
    sizes = {path: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= MOST_BYTES
    assert sizes[FOLDER / NAME / MODEL_FILE] <= MOST_BYTES / 4
