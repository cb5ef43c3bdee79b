"""The kiosk's texts: the same messages and variables in every language, and no other languages' words left in them."""

from __future__ import annotations

import pytest

from contracts.fields import Language
from kiosk.texts import load_synonyms, load_texts, load_wording
from kiosk.texts.pinyin import readings


@pytest.mark.parametrize("language", [language for language in Language if language is not Language.EN])
def test_every_language_has_the_same_messages_and_variables(language: Language) -> None:
    assert load_texts(language).variables() == load_texts(Language.EN).variables()


def test_no_text_is_left_untranslated() -> None:
    for name, variables in load_texts(Language.EN).variables().items():
        values = dict.fromkeys(variables, 3)
        said = {load_wording(language).say(name, **values) for language in Language}
        assert len(said) == len(Language), name


def test_one_second_is_singular() -> None:
    english = load_wording(Language.EN)
    assert english.say("back-in", seconds=1).endswith("1 second")
    assert english.say("back-in", seconds=7).endswith("7 seconds")


def test_what_belongs_to_a_customer_is_filled_in_and_not_remembered() -> None:
    english = load_wording(Language.EN)
    assert english.say_once("booking-with", time="14:30", who="Jo { $time } Lee") == "Your 14:30 with Jo { $time } Lee"


def test_there_are_other_words_for_a_business_in_every_language_and_each_once() -> None:
    synonyms = load_synonyms()
    assert synonyms
    for code, words in synonyms.items():
        assert set(words) == set(Language), code
        for language, found in words.items():
            assert len(set(found)) == len(found) > 0, (code, language)


def test_chinese_is_read_as_pinyin_and_its_initials() -> None:
    assert readings("贷款") == ("daikuan", "dk")
    assert readings("Loan") == ()
