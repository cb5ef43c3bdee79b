"""A few letters find the business that is meant, in every language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import Language
from kiosk.core.search import Entry, Index, letters
from kiosk.core.taking import Business, Names
from kiosk.texts import load_index, load_synonyms

BUSINESSES = tuple(
    Business(code=code, names=Names(en=en, zh=zh, ko=ko))
    for code, en, zh, ko in (
        ("cash", "Cash", "现金业务", "현금"),
        ("account", "Accounts and cards", "账户与银行卡", "계좌·카드"),
        ("savings", "Savings and investment", "储蓄与理财", "예금·투자"),
        ("loan", "Loans", "贷款业务", "대출"),
        ("insurance", "Insurance", "保险业务", "보험"),
        ("enterprise", "Business banking", "对公业务", "기업 금융"),
        ("advice", "Advice", "咨询", "상담"),
    )
)
INDEXES = {language: load_index(language, BUSINESSES, load_synonyms()) for language in Language}


@pytest.mark.req("K-02")
@pytest.mark.parametrize(
    ("language", "typed", "first"),
    [
        (Language.EN, "lo", "loan"),
        (Language.EN, "LOAN", "loan"),
        (Language.EN, "mortg", "loan"),
        (Language.EN, "morgage", "loan"),
        (Language.EN, "acounts", "account"),
        (Language.EN, "lost card", "account"),
        (Language.EN, "invest", "savings"),
        (Language.EN, "company", "enterprise"),
        (Language.ZH, "DK", "loan"),
        (Language.ZH, "daikuan", "loan"),
        (Language.ZH, "贷", "loan"),
        (Language.ZH, "fd", "loan"),
        (Language.ZH, "gs", "account"),
        (Language.ZH, "gongsi", "enterprise"),
        (Language.KO, "ㄷㅊ", "loan"),
        (Language.KO, "ㄷㅐ", "loan"),
        (Language.KO, "주택", "loan"),
        (Language.KO, "ㅍㅓㄴㄷㅡ", "savings"),
        (Language.KO, "ㅂㅎ", "insurance"),
        (Language.KO, "카드", "account"),
    ],
)
def test_letters_lead_to_a_business(language: Language, typed: str, first: str) -> None:
    assert INDEXES[language].find(typed, 3)[0] == first


@pytest.mark.parametrize("language", Language)
def test_every_business_is_found_by_its_own_name(language: Language) -> None:
    for business in BUSINESSES:
        assert INDEXES[language].find(business.shown(language), 1) == (business.code,)


@pytest.mark.parametrize("language", Language)
def test_nothing_is_found_for_nothing_and_for_nonsense(language: Language) -> None:
    index = INDEXES[language]
    assert index.find("", 3) == ()
    assert index.find(" ·-", 3) == ()
    assert index.find("qqzzqq", 3) == ()
    assert index.heard("qqzzqq", 3) == ()


def test_no_more_than_asked_for_and_no_business_twice() -> None:
    found = INDEXES[Language.EN].find("a", 99)
    assert len(set(found)) == len(found) > 2
    assert INDEXES[Language.EN].find("a", 2) == found[:2]


def test_a_name_comes_before_other_words_and_those_before_initials() -> None:
    index = Index(
        [
            Entry(code="initials", words=(("다차",),)),
            Entry(code="other", words=(("x",), ("ㄷㅊ",))),
            Entry(code="name", words=(("ㄷㅊ",),)),
        ]
    )
    assert index.find("ㄷㅊ", 3) == ("name", "other", "initials")


@pytest.mark.parametrize(
    ("language", "said", "found"),
    [
        (Language.EN, "I would like to talk about a mortgage, please", "loan"),
        (Language.ZH, "我想办一张信用卡", "account"),
        (Language.KO, "대출을 받고 싶어요", "loan"),
        (Language.EN, "insurence", "insurance"),
    ],
)
def test_a_sentence_leads_to_a_business(language: Language, said: str, found: str) -> None:
    assert INDEXES[language].heard(said, 3)[0] == found


def test_letters_are_compared_without_accents_case_and_width() -> None:
    assert letters("Ｃafé-Crème 2") == "cafecreme2"
    assert letters("까") == letters("ㄱㄱㅏ") == letters("가")
    assert letters("贷 款") == "贷款"


@given(st.text(max_size=12))
def test_no_text_breaks_it(text: str) -> None:
    for index in INDEXES.values():
        assert len(index.find(text, 3)) <= 3
        assert len(index.heard(text, 3)) <= 3
