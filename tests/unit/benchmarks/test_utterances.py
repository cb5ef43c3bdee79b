"""The utterance suite says what its README promises: enough lines, known labels, nothing twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from models.catalogues import load_catalogue
from models.datasets.location import project_root
from models.names import LANGUAGES, Language
from models.talk.signals import SignalKind, Speaker

pytestmark = pytest.mark.req("W-12")

FOLDER = project_root() / "benchmarks" / "talk" / "utterances"
KINDS = {*SignalKind, "question"}
CONCEPTS = {"fund", "deposit", "stock", "bond", "gold", "crypto", "health_insurance", "car_insurance"}
NEEDS = {
    *("home", "car", "child", "travel", "retirement", "cash", "growth", "safety", "firm", "study"),
    "family_protection",
}
TAGS = {
    *("plain", "negation", "double_negation", "contrast", "correction", "anaphora", "answer", "question", "reported"),
    *("comparison", "price", "held", "need", "hesitation", "category", "none", "noise", "confidence", "long"),
    *("advisor", "mixed"),
}


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    speaker: Speaker
    text: str
    words: tuple[tuple[str, float], ...] = ()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    language: Language
    tags: tuple[str, ...]
    context: tuple[Turn, ...]
    utterance: Turn
    expect: tuple[tuple[str, str], ...]


def _cases(language: Language, folder: Path = FOLDER) -> list[Case]:
    lines = (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Case) for line in lines]


def _subjects() -> set[str]:
    catalogue = load_catalogue("simbank")
    return {
        *(f"product:{product.code}" for product in catalogue.product),
        *(f"category:{category.code}" for category in catalogue.category),
        *(f"concept:{code}" for code in CONCEPTS),
        *(f"need:{code}" for code in NEEDS),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_and_none_twice(language: Language) -> None:
    cases = _cases(language)

    assert len(cases) >= 220
    assert {case.language for case in cases} == {language}
    assert [case.id for case in cases] == [f"{language}-{number:03}" for number in range(1, len(cases) + 1)]
    # What an answer or a pronoun means lies in the context: there the same words may come again.
    texts = Counter((case.context, case.utterance.text) for case in cases)
    assert [text for text, times in texts.items() if times > 1] == []
    alone = Counter(case.utterance.text for case in cases if not case.context)
    assert [text for text, times in alone.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_difficulty_is_there(language: Language) -> None:
    cases = _cases(language)

    tags = Counter(tag for case in cases for tag in case.tags)
    assert set(tags) == TAGS
    assert min(tags.values()) >= 6
    unknown = sum(case.utterance.speaker is Speaker.UNKNOWN for case in cases)
    assert 0.25 <= unknown / len(cases) <= 0.45
    unpunctuated = [case for case in cases if not set(case.utterance.text) & set(".,?!，。？！、；")]
    assert len(unpunctuated) >= 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_known_and_agree_with_the_tags(language: Language) -> None:
    subjects = _subjects()
    for case in _cases(language):
        for kind, subject in case.expect:
            assert kind in KINDS, case.id
            assert set(subject.split("|")) <= subjects, case.id
            assert (kind == "need") == subject.startswith("need:"), case.id
        assert len(set(case.expect)) == len(case.expect), case.id
        kinds = {kind for kind, _ in case.expect}
        for tag in ("price", "held", "hesitation", "comparison", "need"):
            if tag in case.tags and not {"none", "contrast"} & set(case.tags):
                assert tag in kinds or tag == "comparison", case.id
        if {"advisor", "none"} & set(case.tags) or case.utterance.speaker is Speaker.ADVISOR:
            assert case.expect == (), case.id
        else:
            assert case.expect, case.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_joined_are_the_text_and_doubt_asks(language: Language) -> None:
    for case in _cases(language):
        words = case.utterance.words
        assert bool(words) == ("confidence" in case.tags), case.id
        if words:
            texts = [text for text, _ in words]
            assert case.utterance.text in (" ".join(texts), "".join(texts)), case.id
            assert all(0.0 <= confidence <= 0.4 or 0.9 <= confidence <= 1.0 for _, confidence in words), case.id
        if "question" in {kind for kind, _ in case.expect}:
            assert any(confidence <= 0.4 for _, confidence in words), case.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unseen_line_stands_nowhere_in_the_suite_that_the_rules_were_written_on(language: Language) -> None:
    unseen = {case.utterance.text.strip().casefold() for case in _cases(language, FOLDER / "unseen")}
    assert len(unseen) >= 90
    assert not unseen & {case.utterance.text.strip().casefold() for case in _cases(language)}
