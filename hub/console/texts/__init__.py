"""The texts of the pages: one Fluent file a language, all with the same messages and the same variables."""

from importlib.resources import files

from contracts.fields import Language
from runtime.texts import Texts


def load_texts(language: Language) -> Texts:
    """All messages of a language; raises ``runtime.errors.TextsError`` when the file is missing or faulty."""
    return Texts(files(__name__).joinpath(f"{language.value}.ftl"), language.value)
