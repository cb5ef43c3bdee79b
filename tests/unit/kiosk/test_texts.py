"""The kiosk's texts: the same messages and variables in every language, and no other languages' words left in them."""

from __future__ import annotations

import pytest

from contracts.fields import Language
from kiosk.texts import load_texts, load_wording


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
