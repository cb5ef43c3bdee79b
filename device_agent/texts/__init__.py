"""The message catalogue: one TOML file a language, all with the same texts and the same places to fill in."""

import string
import tomllib
from importlib.resources import files

from contracts.fields import Language
from device_agent.errors import TextsError
from device_agent.presenters.catalogue import Catalogue


def load_catalogue(language: Language) -> Catalogue:
    """All texts of a language; raises ``TextsError`` when the file is missing or isn't a flat table of texts."""
    try:
        raw = tomllib.loads(files(__name__).joinpath(f"{language.value}.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TextsError(f"texts of {language.value}: {error}; install the package anew") from error
    texts = {key: value for key, value in raw.items() if isinstance(value, str)}
    if len(texts) != len(raw):
        wrong = ", ".join(sorted(raw.keys() - texts.keys()))
        raise TextsError(f"texts of {language.value}: {wrong}: must be a text; mend the file")
    return Catalogue(language=language, texts=texts)


def places(text: str) -> frozenset[str]:
    """The names of the places to fill in."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
