"""What the words of a talk mean at one bank: its catalogue's names first, then what people say anywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from models.catalogue import Catalogue, decode_catalogue, encode_catalogue
from models.names import LANGUAGES, Language
from models.talk.cues import Speech, speech
from models.talk.evidence import About
from models.talk.tokens import read
from models.talk.vocabulary import Concept, Vocabulary, shipped_vocabulary

_SINGULAR_ALREADY = frozenset(
    {"shares", "this", "his", "has", "was", "is", "its", "us", "yes", "pos", "business", "'s"}
)


class Ref(NamedTuple):
    """What is spoken of: ``about`` says what kind of thing the code ``subject`` names."""

    about: About
    subject: str


def folded(text: str, language: Language) -> str:
    """``text`` as terms are compared: the plain line, English words in the singular."""
    plain = read(text, language).text
    return " ".join(singular(word) for word in plain.split(" ")) if language == "en" else plain


def singular(word: str) -> str:
    """An English noun without its plural s; rough, and the same for terms and speech."""
    if len(word) > 2 and word.endswith("s") and not word.endswith("ss") and word not in _SINGULAR_ALREADY:
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The terms of each language with what they mean, and which products that is. Equal only to itself: build it once.

    ``terms``: by language, folded term → meaning, ``None`` for words that only look like a product.
    """

    catalogue: str
    terms: Mapping[Language, Mapping[str, Ref | None]]
    _products: Mapping[Ref, tuple[str, ...]]
    _names: Mapping[tuple[Ref, Language], str]
    needs: tuple[str, ...]
    need_patterns: Mapping[Language, tuple[tuple[str, re.Pattern[str]], ...]]
    vocabulary: Vocabulary
    _speeches: dict[Language, Speech] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(catalogue: Catalogue, vocabulary: Vocabulary | None = None) -> Lexicon:
        """The lexicon of a catalogue, built once for each. ``vocabulary``: else the one that comes with Usher."""
        if vocabulary is None:
            return _built(encode_catalogue(catalogue))
        lexicon = _Builder(catalogue, vocabulary).built()
        for language in LANGUAGES:
            lexicon.speech(language)  # a pattern that is wrong is an error now, not in somebody's talk
        return lexicon

    def speech(self, language: Language) -> Speech:
        """How people say things in it; compiled when first asked for, a third of a second for English."""
        made = self._speeches.get(language)
        if made is None:
            made = self._speeches[language] = speech(self.vocabulary.cues[language], language)
        return made

    def products_of(self, about: About, subject: str) -> tuple[str, ...]:
        """The products that are meant, in the catalogue's order (a need's: best fitting first); none: not sold here."""
        return self._products.get(Ref(about, subject), ())

    def name_of(self, about: About, subject: str, language: Language) -> str:
        """What a screen calls it; its code where the lexicon doesn't know it."""
        return self._names.get((Ref(about, subject), language), subject)


@lru_cache(maxsize=8)
def _built(content: bytes) -> Lexicon:
    return _Builder(decode_catalogue(content, origin="lexicon"), shipped_vocabulary()).built()


class _Builder:
    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.catalogue = catalogue
        self.vocabulary = vocabulary
        self.terms: dict[Language, dict[str, Ref | None]] = {language: {} for language in LANGUAGES}
        self.products: dict[Ref, tuple[str, ...]] = {}
        self.names: dict[tuple[Ref, Language], str] = {}
        self.meaning: dict[str, Ref] = {}

    def built(self) -> Lexicon:
        self._catalogue_names()
        for one in self.vocabulary.concepts.one:
            self._concept(one, self._ref_of_one(one))
        for group in self.vocabulary.concepts.group:
            self._concept(group, self._ref_of_group(group))
        self._misheard()
        for need in self.vocabulary.needs.need:
            ref = Ref(About.NEED, need.code)
            serving = (product for kind in need.serves for product in self._of_kind(kind))
            self.products[ref] = tuple(dict.fromkeys(serving))
            for language in LANGUAGES:
                self.names[ref, language] = need.names.get(language)
        return Lexicon(
            self.catalogue.name,
            self.terms,
            self.products,
            self.names,
            tuple(need.code for need in self.vocabulary.needs.need),
            {language: self._need_patterns(language) for language in LANGUAGES},
            self.vocabulary,
        )

    def _catalogue_names(self) -> None:
        for product in self.catalogue.product:
            ref = Ref(About.PRODUCT, product.code)
            self.products[ref] = (product.code,)
            for language in LANGUAGES:
                self.names[ref, language] = product.names.get(language)
                self._term(language, product.names.get(language), ref)
                for synonym in product.synonyms.get(language):
                    self._term(language, synonym, ref)
        for category in self.catalogue.category:
            ref = Ref(About.CATEGORY, category.code)
            held = tuple(one.code for one in self.catalogue.product if one.category == category.code)
            self.products[ref] = held
            meant = Ref(About.PRODUCT, held[0]) if len(held) == 1 else ref
            for language in LANGUAGES:
                self.names[ref, language] = category.names.get(language)
                for name in (category.names.get(language), *category.synonyms.get(language)):
                    self._term(language, name, meant)

    def _term(self, language: Language, term: str, ref: Ref | None) -> None:
        self.terms[language].setdefault(folded(term, language), ref)

    def _concept(self, concept: Concept, ref: Ref) -> None:
        self.meaning[concept.code] = ref
        for language in LANGUAGES:
            self.names.setdefault((ref, language), concept.terms(language)[0])
            for term in concept.terms(language):
                self._term(language, term, ref)

    def _ref_of_one(self, concept: Concept) -> Ref:
        found = self._named(concept) or self._ending(concept)
        if len(found) == 1:
            return Ref(About.PRODUCT, found[0])
        ref = Ref(About.CONCEPT, concept.code)
        self.products[ref] = found
        return ref

    def _ref_of_group(self, concept: Concept) -> Ref:
        called = {(language, folded(term, language)) for language in LANGUAGES for term in concept.terms(language)}
        for category in self.catalogue.category:
            names = {(language, folded(category.names.get(language), language)) for language in LANGUAGES}
            if category.code == concept.code or names & called:
                return Ref(About.CATEGORY, category.code)
        covered = {product for kind in concept.covers for product in self._of_kind(kind)}
        if concept.stem is not None:
            covered.update(self._holding(concept))
        products = tuple(code for code in self.catalogue.product_codes if code in covered)
        if len(products) == 1 and len(concept.covers) > 1:
            return Ref(About.PRODUCT, products[0])
        ref = Ref(About.CONCEPT, concept.code)
        self.products[ref] = products
        return ref

    def _of_kind(self, code: str) -> tuple[str, ...]:
        ref = self.meaning.get(code)
        return self.products.get(ref, ()) if ref is not None else ()

    def _named(self, concept: Concept) -> tuple[str, ...]:
        called = {(language, folded(term, language)) for language in LANGUAGES for term in concept.terms(language)}
        return tuple(
            product.code
            for product in self.catalogue.product
            if product.code == concept.code
            or called & {(language, folded(product.names.get(language), language)) for language in LANGUAGES}
        )

    def _ending(self, concept: Concept) -> tuple[str, ...]:
        terms = [term for term in (folded(term, "en") for term in concept.en) if " " in term]
        return tuple(
            product.code
            for product in self.catalogue.product
            if any(folded(product.names.en, "en").endswith(" " + term) for term in terms)
        )

    def _holding(self, concept: Concept) -> Iterable[str]:
        if concept.stem is None:
            return
        for product in self.catalogue.product:
            if any(concept.stem.get(language) in product.names.get(language).lower() for language in LANGUAGES):
                yield product.code

    def _need_patterns(self, language: Language) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((need.code, re.compile("|".join(need.patterns(language)))) for need in self.vocabulary.needs.need)

    def _misheard(self) -> None:
        for language in LANGUAGES:
            for friend in self.vocabulary.misheard.friends.get(language):
                self._term(language, friend, None)
