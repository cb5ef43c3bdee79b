"""What the rules hear in sentences of three languages, and that they never guess (W-12)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from models.catalogues import load_catalogue
from models.names import Language
from models.talk.lexicon import Lexicon
from models.talk.signals import SURE_FROM, Signal, SignalKind, Speaker, Utterance, Word
from models.talk.understanding import Context, hear

BANK = Lexicon.of(load_catalogue("simbank"))


def sentences() -> Iterator[tuple[Language, str]]:
    languages: dict[str, Language] = {f"[{one}]": one for one in get_args(Language)}
    language: Language = "en"
    for path in sorted(Path(__file__).parent.glob("sentences*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line in languages:
                language = languages[line]
            elif line and not line.startswith("#"):
                yield language, line


def said(
    text: str,
    language: Language = "en",
    *,
    context: Context | None = None,
    speaker: Speaker = Speaker.CUSTOMER,
    words: tuple[tuple[str, float], ...] = (),
) -> tuple[Context, tuple[Signal, ...]]:
    heard = tuple(Word(word, confidence) for word, confidence in words)
    utterance = Utterance(index=3, text=text, language=language, speaker=speaker, words=heard, at_ms=9000)
    return hear(context or Context(), utterance, BANK)


def shown(signals: tuple[Signal, ...]) -> set[str]:
    return {
        f"{one.kind} {one.subject if one.about == 'product' else f'{one.about}:{one.subject}'}"
        for one in signals
        if one.confidence >= SURE_FROM
    }


@pytest.mark.req("W-12")
@pytest.mark.parametrize(("language", "line"), list(sentences()))
def test_a_sentence_shows_what_it_says(language: Language, line: str) -> None:
    talk, _, wanted = line.partition("=>")
    before, _, last = talk.rpartition(">>")
    context = Context()
    for turn in filter(None, before.split(" / ")):
        who, _, text = turn.strip().partition(":")
        speaker = Speaker.ADVISOR if who == "a" else Speaker.CUSTOMER
        context, _ = said(text.strip(), language, context=context, speaker=speaker)
    _, signals = said(last.strip(), language, context=context)
    assert shown(signals) == {part.strip() for part in wanted.split(",") if part.strip()}


@pytest.mark.req("W-12")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Would you like to look at our mutual funds as well?"),
        ("en", "I can recommend the bond fund."),
        ("zh", "您要不要看看基金产品？"),
        ("ko", "그러면 채권 펀드는 어떠세요"),
    ],
)
def test_an_offer_by_nobody_known_is_the_advisors_and_is_what_no_refuses(language: Language, text: str) -> None:
    context, signals = said(text, language, speaker=Speaker.UNKNOWN)
    assert signals == ()
    no = {"en": "No, thank you.", "zh": "不用了，谢谢。", "ko": "아니요, 됐어요."}[language]
    _, signals = said(no, language, context=context, speaker=Speaker.UNKNOWN)
    assert {one.kind for one in signals} == {SignalKind.REFUSAL}


def test_what_the_advisor_says_shows_nothing_of_the_customer() -> None:
    _, signals = said("I want you to have the bond fund, it is better.", speaker=Speaker.ADVISOR)
    assert signals == ()


@pytest.mark.req("W-10")
@pytest.mark.parametrize(
    ("language", "words", "doubtful"),
    [
        ("en", ("i", "do", "not", "want", "the", "bond", "fund"), "not"),
        ("en", ("i", "do", "not", "want", "the", "bond", "fund"), "bond"),
        ("en", ("i", "don't", "want", "a", "credit", "card"), "don't"),
        ("zh", ("我", "不", "需要", "个人", "贷款"), "不"),
        ("ko", ("펀드에는", "관심이", "없습니다"), "없습니다"),
    ],
)
def test_a_badly_heard_word_makes_it_a_question_and_never_the_opposite(
    language: Language, words: tuple[str, ...], doubtful: str
) -> None:
    heard = tuple((word, 0.3 if word == doubtful else 0.95) for word in words)
    (signal,) = said(" ".join(words), language, words=heard)[1]
    assert signal.kind is SignalKind.REFUSAL
    assert signal.confidence == pytest.approx(0.3)
    clearly = tuple((word, 0.95) for word in words)
    (signal,) = said(" ".join(words), language, words=clearly)[1]
    assert signal.kind is SignalKind.REFUSAL
    assert signal.confidence == pytest.approx(0.95)


def test_a_badly_heard_word_elsewhere_changes_nothing() -> None:
    words = (("well", 0.2), ("i", 0.9), ("want", 0.9), ("the", 0.9), ("bond", 0.9), ("fund", 0.9))
    (signal,) = said("well i want the bond fund", words=words)[1]
    assert signal.confidence == pytest.approx(0.9)


def test_a_name_by_its_sound_is_less_sure_than_the_name() -> None:
    (heard,) = said("i don't need a credit cart")[1]
    (plain,) = said("i don't need a credit card")[1]
    assert heard.subject == plain.subject == "credit_card"
    assert SURE_FROM < heard.confidence < plain.confidence


@pytest.mark.req("W-12")
def test_a_signal_says_where_its_evidence_lies() -> None:
    text = "Good morning. I don't want the bond fund today."
    (signal,) = said(text)[1]
    assert text[signal.start : signal.end] == "don't want the bond fund"
    assert (signal.utterance, signal.at_ms, signal.rule) == (3, 9000, "not-want")
    assert signal.products == ("bond_fund",)


def test_a_group_means_its_products_and_what_is_not_sold_means_none() -> None:
    (fund,) = said("I don't want funds.")[1]
    assert fund.products == ("money_fund", "bond_fund", "balanced_fund", "equity_fund")
    (stock,) = said("I don't want stocks.")[1]
    assert stock.products == ()
    (need,) = said("We are buying a house.")[1]
    assert need.products == ("mortgage", "home_insurance")


def test_a_context_is_small_json_and_comes_back_the_same() -> None:
    context = Context()
    for text in ("I want the bond fund.", "And a mortgage, a car loan and a credit card.", "No.", "Yes.") * 5:
        context, _ = said(text, context=context)
    encoded = msgspec.json.encode(context)
    assert msgspec.json.decode(encoded, type=Context) == context
    assert len(encoded) < 2000


def test_the_same_words_always_give_the_same_signals() -> None:
    text = "Not the fund, but the bond fund is fine, and I already have a credit card."
    first = said(text)
    other = Lexicon.of(load_catalogue("simbank"), BANK.vocabulary)
    utterance = Utterance(index=3, text=text, language="en", speaker=Speaker.CUSTOMER, at_ms=9000)
    assert hear(Context(), utterance, other) == first


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("text", ["", " ", "?", "…", "◇", "😀", "  .,!?  ", "123", "no no no no", "아니 不 not"])
def test_odd_text_is_no_fault(language: Language, text: str) -> None:
    for speaker in Speaker:
        assert said(text, language, speaker=speaker)[1] == ()
