"""A vocabulary that finds its way into any catalogue (W-12)."""

from __future__ import annotations

import pytest
from msgspec import structs

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.names import LANGUAGES, Language, Names, Synonyms
from models.talk.evidence import About
from models.talk.lexicon import Lexicon, Ref
from models.talk.signals import Speaker, Utterance
from models.talk.understanding import Context, hear

BANK = load_catalogue("simbank")
INSURER = load_catalogue("coil2000")


@pytest.mark.parametrize("catalogue", [BANK, INSURER], ids=lambda one: one.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_product_is_heard_by_its_name(catalogue: Catalogue, language: Language) -> None:
    lexicon = Lexicon.of(catalogue)
    ask = {"en": "I am interested in {}.", "zh": "我对{}感兴趣。", "ko": "{}에 관심이 있습니다."}[language]
    for product in catalogue.product:
        name = product.names.get(language)
        said = Utterance(index=0, text=ask.format(name), language=language, speaker=Speaker.CUSTOMER)
        (signal,) = hear(Context(), said, lexicon)[1]
        assert (signal.kind, signal.subject, signal.confidence) == ("interest", product.code, 1.0), name
        assert lexicon.name_of(About.PRODUCT, product.code, language) == name


def test_a_kind_that_one_product_is_means_that_product() -> None:
    insurer = Lexicon.of(INSURER)
    assert insurer.terms["en"]["car insurance"] == Ref(About.PRODUCT, "APERSAUT")
    assert insurer.terms["zh"]["车险"] == Ref(About.PRODUCT, "APERSAUT")
    bank = Lexicon.of(BANK)
    assert bank.terms["en"]["car insurance"] == Ref(About.CONCEPT, "car_insurance")
    assert bank.products_of(About.CONCEPT, "car_insurance") == ()


def test_a_kind_of_several_products_means_them_all() -> None:
    insurer = Lexicon.of(INSURER)
    assert insurer.products_of(About.CONCEPT, "liability_insurance") == ("AWAPART", "AWABEDR", "AWALAND")
    assert set(insurer.products_of(About.CONCEPT, "insurance")) == set(INSURER.product_codes)


def test_the_catalogues_own_words_win() -> None:
    own = Synonyms(en=("rainbow pot",), zh=("彩虹罐",), ko=("무지개통장",))
    renamed = tuple(
        structs.replace(one, names=Names(en="Mortgage", zh="彩虹", ko="무지개"), synonyms=own)
        if one.code == "savings_account"
        else structs.replace(one, names=Names(en="Castle", zh="城堡", ko="성"))
        if one.code == "mortgage"
        else one
        for one in BANK.product
    )
    lexicon = Lexicon.of(structs.replace(BANK, product=renamed))
    terms: list[tuple[Language, str]] = [
        ("en", "rainbow pot"),
        ("zh", "彩虹罐"),
        ("ko", "무지개통장"),
        ("en", "mortgage"),
    ]
    for language, term in terms:
        assert lexicon.terms[language][term] == Ref(About.PRODUCT, "savings_account")


def test_needs_are_served_by_what_the_bank_sells() -> None:
    assert "home" in Lexicon.of(BANK).needs
    assert Lexicon.of(BANK).products_of(About.NEED, "firm") == ("business_account", "business_loan", "card_terminal")
    assert Lexicon.of(INSURER).products_of(About.NEED, "car") == ("APERSAUT",)


def test_a_lexicon_is_built_once_for_a_catalogue() -> None:
    assert Lexicon.of(BANK) is Lexicon.of(load_catalogue("simbank"))
    assert len({Lexicon.of(BANK), Lexicon.of(INSURER)}) == 2
