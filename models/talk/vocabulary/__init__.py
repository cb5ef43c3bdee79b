"""What people say about banking and life, and how: the vocabulary that comes with Usher, as TOML beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec

from models.errors import CatalogueError
from models.names import LANGUAGES, Code, Language, Names, Synonyms, Text

_T = TypeVar("_T")

Side = Literal["after", "before", "either", "left", "right"]
"""Where a cue looks for what it is about: after it, before it, on either side, or in the name that it ends with
(``left``) or that follows at once (``right``)."""


class Concept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of product, or a word for several. ``covers``: the kinds' codes; ``stem``: what product names hold."""

    code: Code
    en: tuple[Text, ...]
    zh: tuple[Text, ...]
    ko: tuple[Text, ...]
    covers: tuple[Code, ...] = ()
    stem: Names | None = None

    def terms(self, language: Language) -> tuple[str, ...]:
        """What it is called in ``language``, the name for screens first."""
        return {"en": self.en, "zh": self.zh, "ko": self.ko}[language]


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kinds of product, and the words for several."""

    one: tuple[Concept, ...]
    group: tuple[Concept, ...]


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A need of life: the kinds of product that serve it, and patterns of how people speak of it."""

    code: Code
    serves: tuple[Code, ...]
    names: Names
    en: tuple[str, ...]
    zh: tuple[str, ...]
    ko: tuple[str, ...]

    def patterns(self, language: Language) -> tuple[str, ...]:
        """The patterns of ``language``."""
        return {"en": self.en, "zh": self.zh, "ko": self.ko}[language]


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All needs."""

    need: tuple[Need, ...]


class MoreNeeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Further ways to speak of needs in one language, by the need's code. ``part``: pieces of pattern, as in `Cues`."""

    need: dict[Code, tuple[str, ...]]
    part: dict[str, str] = {}

    def patterns(self, code: Code) -> tuple[str, ...]:
        """The patterns for the need ``code``, their pieces filled in."""
        return tuple(filled(pattern, self.part) for pattern in self.need.get(code, ()))


class CueRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to say something. ``says``: a signal's kind or a role of the rules; ``bare``: it needs no name beside it;
    ``weak``: it never outweighs a plain refusal; ``sure``: the rule's own confidence."""

    name: str
    says: str
    patterns: tuple[str, ...]
    side: Side = "either"
    bare: bool = False
    weak: bool = False
    sure: float = 1.0


class Cues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cues of one language. ``part``: pieces of pattern, written ``<name>`` in the rules."""

    cue: tuple[CueRule, ...]
    part: dict[str, str] = {}


class Misheard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that sound like a product and aren't (``friends``), and what recognisers often make of one (``errors``)."""

    friends: Synonyms
    errors: dict[str, Synonyms]


class Vocabulary(msgspec.Struct, frozen=True):
    """All that the understanding of talks knows of words, whatever the bank."""

    concepts: Concepts
    needs: Needs
    misheard: Misheard
    cues: dict[Language, Cues]


def filled(pattern: str, part: Mapping[str, str]) -> str:
    """``pattern`` with the pieces of ``part`` in place of their names; pieces may hold pieces, three deep."""
    for _ in range(3):
        for name, piece in part.items():
            pattern = pattern.replace(f"<{name}>", piece)
    return pattern


@cache
def shipped_vocabulary() -> Vocabulary:
    """The vocabulary that comes with Usher; `CatalogueError` names the file that is wrong."""
    return Vocabulary(
        concepts=_read("concepts", Concepts),
        needs=_all_needs(),
        misheard=_read("misheard", Misheard),
        cues={language: _all_cues(language) for language in LANGUAGES},
    )


def _all_cues(language: Language) -> Cues:
    """The cues in ``cues_LANGUAGE.toml`` and in the files beside it that go on with it: ``cues_LANGUAGE_….toml``."""
    read = [_read(name, Cues) for name in _named(f"cues_{language}")]
    return Cues(
        cue=tuple(rule for cues in read for rule in cues.cue),
        part={name: piece for cues in read for name, piece in cues.part.items()},
    )


def _all_needs() -> Needs:
    """The needs in ``needs.toml`` with what ``needs_LANGUAGE….toml`` adds."""
    needs = _read("needs", Needs).need
    for language in LANGUAGES:
        for name in _named(f"needs_{language}"):
            more = _read(name, MoreNeeds)
            unknown = set(more.need) - {one.code for one in needs}
            if unknown:
                raise CatalogueError(f"vocabulary {name}.toml: no need {sorted(unknown)[0]}")
            needs = tuple(
                msgspec.structs.replace(one, **{language: (*one.patterns(language), *more.patterns(one.code))})
                for one in needs
            )
    return Needs(needs)


def _named(beginning: str) -> list[str]:
    """The TOML files here whose names begin so, without their ending, in order."""
    names = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.startswith(beginning) and name.endswith(".toml"))


def _read(name: str, kind: type[_T]) -> _T:
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), type=kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(f"vocabulary {name}.toml: {error}") from error
