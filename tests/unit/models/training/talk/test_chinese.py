"""The Chinese model by its training: two models joined into one graph say what each said alone."""

import numpy as np
import pytest

from models.talk.sets.artefacts import session
from models.talk.sets.hashed import HashedLinear
from models.talk.sets.zh_absa import BUCKETS, CATEGORY, NEGATIVE, NEUTRAL, POSITIVE, TERM, Opinion, features
from models.training.talk.chinese import (
    crossed,
    joined,
    learn_categories,
    learn_terms,
    of_aspects,
    of_categories,
    of_terms,
)
from models.training.talk.hashed import to_onnx

TERMS = [
    Opinion(TERM, "", "屏幕", "很清晰", POSITIVE),
    Opinion(TERM, "", "手感", "很舒服", POSITIVE),
    Opinion(TERM, "", "电池", "很差", NEGATIVE),
    Opinion(TERM, "", "做工", "粗糙", NEGATIVE),
]
REVIEWS = [
    Opinion(CATEGORY, "味道很好", "dish_taste", "", POSITIVE),
    Opinion(CATEGORY, "味道一般", "dish_taste", "", NEUTRAL),
    Opinion(CATEGORY, "价格太贵", "price_level", "", NEGATIVE),
]


def test_the_graph_says_what_the_two_models_say() -> None:
    weights, bias = joined(learn_terms(TERMS), learn_categories(REVIEWS, TERMS))
    linear = HashedLinear(session(to_onnx(weights, bias, "x"), origin="test"), BUCKETS)
    scores = linear.scores([features(row) for row in TERMS + REVIEWS])
    assert [("negative", "positive")[int(at)] for at in scores[:4, :2].argmax(axis=1)] == of_terms(TERMS)(TERMS)
    said = [("negative", "neutral", "positive")[int(at)] for at in scores[4:, 2:].argmax(axis=1)]
    assert said == of_categories(TERMS)(REVIEWS)(REVIEWS) == [POSITIVE, NEUTRAL, NEGATIVE]
    assert np.isfinite(scores).all()


def test_nothing_is_judged_by_a_model_that_learned_its_text() -> None:
    seen: list[tuple[set[str], set[str]]] = []

    def learn(rows: list[Opinion]) -> object:
        known = {row.text for row in rows}

        def predict(asked: list[Opinion]) -> list[str]:
            seen.append((known, {row.text for row in asked}))
            return [POSITIVE] * len(asked)

        return predict

    rows = [Opinion(TERM, f"{at // 2}", "屏幕", "好", POSITIVE) for at in range(20)]
    assert crossed(rows, learn) == [POSITIVE] * 20  # type: ignore[arg-type]
    assert len(seen) == 5
    assert all(not known & asked for known, asked in seen)


@pytest.mark.parametrize(("aspect", "label"), [("price_level", NEGATIVE), ("new", POSITIVE)])
def test_the_baseline_of_aspects_says_the_commonest_label(aspect: str, label: str) -> None:
    rows = [*REVIEWS, Opinion(CATEGORY, "好吃", "dish_taste", "", POSITIVE)]
    assert of_aspects(rows)([Opinion(CATEGORY, "x", aspect, "", label)]) == [label]
