"""The Korean model by its training: it learns negation from sentences without any, and gives the same bytes again."""

import pytest

from models.talk.sets.sentineg import Sentence, SentiNegModel
from models.training.talk.hashed import to_onnx
from models.training.talk.korean import figures, learn, predictor, written

SENTENCES = [
    Sentence("배송이 빨라요", "1"),
    Sentence("아주 좋아요", "1"),
    Sentence("정말 예뻐요", "1"),
    Sentence("너무 비싸요", "0"),
    Sentence("많이 무거워요", "0"),
    Sentence("냄새가 심해요", "0"),
]


@pytest.mark.req("W-12")
def test_negation_is_understood_without_ever_being_seen() -> None:
    predict = predictor(learn(SENTENCES)[0])
    assert predict(["안 좋아요", "예쁘지 않아요", "안 비싸요", "무겁지 않아요"]) == ["0", "0", "1", "1"]


def test_the_same_sentences_give_the_same_bytes_whatever_their_order() -> None:
    first, second = (learn(rows) for rows in (SENTENCES, SENTENCES[::-1]))
    assert to_onnx(*first, "x") == to_onnx(*second, "x")


@pytest.mark.req("W-12")
def test_the_shipped_model_reads_the_written_negations() -> None:
    found = figures(written(), SentiNegModel().predict)
    assert found.n == 150
    assert found.accuracy >= 0.9
    card = SentiNegModel().card.held_out["written"]
    assert found.accuracy >= card.accuracy - 0.01
    assert found.accuracy > (card.baselines["char_tfidf"].accuracy or 1.0) + 0.3
