"""Negating Korean sentences by program."""

import pytest

from models.talk.sets.sentineg import Sentence
from models.training.talk.korean import negations, written
from models.training.talk.korean_negater import negated


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("배송이 느립니다", "배송이 느리지 않습니다"),
        ("정말 좋아요!", "정말 안 좋아요!"),
        ("색이 곱네요", "색이 곱지 않네요"),
        ("최고입니다", "최고가 아닙니다"),
        ("불량이에요", "불량이 아니에요"),
        ("효과가 없네요", "효과가 있네요"),
        ("안 무거워요", "무거워요"),
        ("튼튼하지 않네요", "튼튼하네요"),
        ("예쁘지 않습니다", "예쁩니다"),
    ],
)
def test_the_predicate_is_negated_or_loses_its_negation(plain: str, other: str) -> None:
    assert negated(plain) == other


def test_what_cannot_be_formed_is_given_up() -> None:
    assert negated("좋지 않아요") is None


def test_negations_have_the_other_label() -> None:
    made = negations([Sentence("좋아요", "1"), Sentence("좋지 않아요", "0"), Sentence("느립니다", "0")])
    assert made == [Sentence("안 좋아요", "0"), Sentence("느리지 않습니다", "1")]


def test_the_written_sentences_are_balanced() -> None:
    labels = [one.label for one in written()]
    assert len(labels) == 150
    assert 70 <= labels.count("1") <= 80
