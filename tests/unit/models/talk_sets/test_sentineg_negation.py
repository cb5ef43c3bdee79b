"""Which words of a Korean sentence a negation turns round."""

import pytest

from models.talk.sets.sentineg_negation import jamo, signed_words

pytestmark = pytest.mark.req("W-12")


def signs(text: str) -> dict[str, int]:
    return {word.text: word.sign for word in signed_words(text)}


def test_without_negation_no_word_is_turned_round() -> None:
    assert signs("배송도 빠르고 좋아요") == {"배송도": 1, "빠르고": 1, "좋아요": 1}


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("안 좋아요", "좋아요"),
        ("안좋아요", "좋아요"),
        ("않좋아요", "좋아요"),
        ("좋지 않아요", "좋"),
        ("좋지않아요", "좋"),
        ("좋지는 않아요", "좋"),
        ("좋진 않아요", "좋"),
        ("배송안되고", "되고"),
        ("사지 마세요", "사"),
        ("만족하지 못했어요", "만족하"),
        ("못쓰겠어요", "쓰겠어요"),
        ("효과가 없어요", "효과가"),
        ("재미없네요", "재미"),
        ("정품이 아니에요", "정품이"),
        ("덜 부드럽네요", "부드럽네요"),
        ("불만족", "만족"),
        ("비추천이에요", "추천이에요"),
    ],
)
def test_each_way_to_negate_turns_its_predicate_round(text: str, turned: str) -> None:
    assert signs(text)[turned] == -1


@pytest.mark.parametrize("text", ["안전해요", "안감이 좋아요", "못생겼어요", "안쪽에 있어요", "편안하고 좋아요"])
def test_words_that_only_begin_like_a_negation_turn_nothing_round(text: str) -> None:
    assert set(signs(text).values()) == {1}


@pytest.mark.parametrize("text", ["화질이 장난 아니게 좋아요", "형편없습니다", "이거 불량 아닌가요?"])
def test_set_phrases_and_negative_questions_turn_nothing_round(text: str) -> None:
    assert set(signs(text).values()) == {1}


def test_a_negation_stays_in_its_clause() -> None:
    assert signs("무겁지 않고 예뻐요") == {"무겁": -1, "예뻐요": 1}
    assert signs("예쁜데 편하지 않아요") == {"예쁜데": 1, "편하": -1}


def test_two_negations_in_a_clause_cancel_each_other() -> None:
    assert signs("불만족하지 않아요")["만족하"] == 1


def test_hardly_says_nothing_beside_a_negation_and_much_without() -> None:
    assert "별로" not in signs("별로 안 무거워요")
    assert signs("별로 맛이 나요")["별로"] == 1


def test_conjugated_forms_begin_with_the_same_letters() -> None:
    assert jamo("예뻐요").startswith("ㅇㅖㅃ")
    assert jamo("예쁘지").startswith("ㅇㅖㅃ")
    assert jamo("a!") == "a!"
