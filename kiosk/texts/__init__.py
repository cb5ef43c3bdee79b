"""The texts of the kiosk's screen: one Fluent file a language, all with the same messages and the same variables."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

import msgspec

from contracts.fields import Language
from kiosk.core.search import Entry, Index
from kiosk.core.taking import Business
from kiosk.presenters.wording import Wording
from kiosk.texts.pinyin import readings, sounds
from runtime.texts import Texts


def load_texts(language: Language) -> Texts:
    """All messages of a language; raises ``runtime.errors.TextsError`` when the file is missing or faulty."""
    return Texts(files(__name__).joinpath(f"{language.value}.ftl"), language.value)


def load_wording(language: Language) -> Wording:
    """All texts of a language, for the presenters; raises as ``load_texts``."""
    return Wording(language=language, messages=load_texts(language))


Synonyms = Mapping[str, Mapping[Language, tuple[str, ...]]]
"""Other words for a business, by its code and by language."""


def load_synonyms() -> Synonyms:
    """Those that come with the kiosk: of businesses that most branches have."""
    text = files(__name__).joinpath("synonyms.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, dict[Language, tuple[str, ...]]])


def load_index(language: Language, businesses: Sequence[Business], synonyms: Synonyms) -> Index:
    """What finds a branch's businesses by letters; Chinese also by pinyin and its initials."""
    read = readings if language is Language.ZH else lambda _word: ()
    entries = (
        Entry(code=business.code, words=tuple((word, *read(word)) for word in words))
        for business in businesses
        for words in [(business.shown(language), *synonyms.get(business.code, {}).get(language, ()))]
    )
    return Index(entries, sounds if language is Language.ZH else None)
