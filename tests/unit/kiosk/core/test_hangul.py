"""Hangul keys and syllables: what is typed is what is read, and the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.hangul import KEYS, composed, initials_of, keys_of


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("ㄷㅐㅊㅜㄹ", "대출"),
        ("ㅈㅜㅌㅐㄱㄷㅏㅁㅂㅗ", "주택담보"),
        ("ㄱㅣㅇㅓㅂ ㄱㅡㅁㅇㅠㅇ", "기업 금융"),
        ("ㅇㅗㅏㅇㅣ", "와이"),
        ("ㅇㅓㅂㅅㄷㅏ", "없다"),
        ("ㅇㅓㅂㅅㅣ", "업시"),
        ("ㄱㄱㅗㅊ", "꽃"),
        ("ㄷㅊ", "ㄷㅊ"),
        ("ㅗㅏ", "ㅗㅏ"),
        ("a ㄱㅏ1", "a 가1"),
        ("", ""),
    ],
)
def test_keys_spell(keys: str, text: str) -> None:
    assert composed(keys) == text


def test_a_syllable_grows_while_it_is_typed() -> None:
    typed = "ㄷㅐㅊㅜㄹ"
    assert [composed(typed[:end]) for end in range(1, 6)] == ["ㄷ", "대", "댗", "대추", "대출"]


@given(st.text(st.sampled_from(KEYS + " a1"), max_size=20))
def test_what_keys_spell_is_typed_by_the_same_keys(keys: str) -> None:
    assert keys_of(composed(keys)) == keys


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=1))
def test_every_syllable_can_be_typed_but_for_a_shift(syllable: str) -> None:
    assert composed(keys_of(syllable)) == syllable


def test_initials_are_of_syllables_only_and_need_no_shift() -> None:
    assert initials_of("주택 담보대출 A1") == "ㅈㅌㄷㅂㄷㅊ"
    assert initials_of("꽃") == "ㄱ"
    assert initials_of("贷款") == ""
