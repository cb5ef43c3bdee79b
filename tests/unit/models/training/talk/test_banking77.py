"""Training BANKING77's linear model: the weight's choice, the file, and the figures on rows held out."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
import pytest

from models.errors import DatasetMissing
from models.talk.sets.artefacts import session
from models.talk.sets.banking77 import BUCKETS, NAME, Query, banking77_model, features, learned_part, load_banking77
from models.talk.sets.english import english_model
from models.talk.sets.hashed import HashedLinear
from models.training.talk.banking77 import (
    WEIGHTS,
    Mixture,
    Unseen,
    best_mixture,
    crossed_mixtures,
    evened,
    figures,
    find_file,
    frequencies,
    learn,
)
from models.training.talk.banking77 import unseen as unseen_rows
from models.training.talk.hashed import matrix, to_onnx

pytestmark = pytest.mark.req("W-12")

LABELS = ("lost", "pin", "fee")
QUERIES = [Query("my card is lost", "lost"), Query("change my pin", "pin"), Query("why this fee", "fee")]


def leaning(classes: list[int], towards: list[int]) -> npt.NDArray[np.float64]:
    """Scores [N, 3] that prefer ``towards``."""
    assert len(classes) == len(towards)
    return np.eye(3)[towards] * 2.0 - 2.0 / 3.0


def test_the_weight_is_high_where_the_linear_model_knows_better_and_0_where_it_misleads() -> None:
    classes = [0, 1, 2, 0, 1, 2]
    wrong = [1, 2, 0, 2, 0, 1]
    truth = np.array(classes)
    assert best_mixture((leaning(classes, wrong), leaning(classes, classes)), truth).weight == WEIGHTS[-1]
    assert best_mixture((leaning(classes, classes), leaning(classes, wrong)), truth).weight == 0.0


def test_a_rows_weight_is_chosen_by_the_other_half() -> None:
    queries = [Query(f"query {at}", LABELS[at % 3]) for at in range(40)]
    half = [zlib.crc32(one.text.encode()) % 2 for one in queries]
    classes = [at % 3 for at in range(40)]
    wrong = [(at + 1) % 3 for at in classes]
    english = leaning(classes, [wrong[at] if half[at] else classes[at] for at in range(40)])
    linear = leaning(classes, [classes[at] if half[at] else wrong[at] for at in range(40)])
    rows = Unseen(queries, LABELS, (english, linear), np.array(classes), np.zeros(3))
    assert [one.weight for one in crossed_mixtures(rows)] == [0.0 if side else WEIGHTS[-1] for side in half]
    assert rows.said([Mixture(0.0, 1.0)] * 40) == [LABELS[at] for at in english.argmax(axis=1)]


def test_what_the_training_file_asks_often_is_not_likelier_for_that() -> None:
    asked = [*QUERIES, *QUERIES[:1] * 6]
    shares = frequencies(asked, LABELS)
    assert np.exp(shares) == pytest.approx([7 / 9, 1 / 9, 1 / 9])
    mixture = Mixture(weight=2.0, sharpness=0.5)
    english, linear = np.zeros((1, 3)), np.array([[0.5, 0.0, -0.5]])
    rows = Unseen(QUERIES[:1], LABELS, (english, linear), np.array([0]), shares)
    assert rows.said([mixture], evened=False) == ["lost"]
    assert rows.said([mixture]) == ["pin"]
    in_the_file = english + mixture.weight * (linear + evened(np.zeros(3), shares, mixture))
    assert LABELS[int(in_the_file.argmax())] == "pin"
    assert in_the_file == pytest.approx(english + 2.0 * linear - shares / 0.5)
    assert evened(np.ones(3), shares, Mixture(0.0, 1.0)) == pytest.approx(1.0)


def test_equal_rows_give_equal_bytes_and_the_file_says_what_was_learned() -> None:
    weights, bias = learn(QUERIES, LABELS)
    content = to_onnx(weights, bias, "x", bits=8)
    assert content == to_onnx(*learn(QUERIES, LABELS), "x", bits=8)
    rows = [features(one.text) for one in QUERIES]
    found = HashedLinear(session(content, origin="test"), BUCKETS).scores(rows)
    assert found == pytest.approx(matrix(rows, BUCKETS) @ weights + bias, abs=1e-5)
    assert [LABELS[at] for at in found.argmax(axis=1)] == [one.intent for one in QUERIES]


def test_the_cards_figures_are_those_of_rows_that_neither_model_learned_from() -> None:
    try:
        file = find_file()
    except DatasetMissing as missing:
        pytest.skip(str(missing))
    queries = load_banking77(file)
    found = figures(unseen_rows(queries, english_model()), learned_part(queries))
    told = banking77_model().card.held_out[NAME]
    assert found.n == told.n == 532
    assert found.accuracy == pytest.approx(told.accuracy, abs=0.004)
    assert found.accuracy >= 0.925
    assert found.others["mean_recall"] >= found.others["mean_recall_not_evened"]
    alone = {name: one.accuracy or 1.0 for name, one in found.baselines.items()}
    assert found.accuracy > max(alone["linear"], alone["tfidf"]) + 0.01
    assert found.accuracy >= alone["english"]
    won, lost = (found.others[name] for name in ("rows_won_over_english", "rows_lost_to_english"))
    assert found.accuracy - alone["english"] == pytest.approx((won - lost) / found.n)
