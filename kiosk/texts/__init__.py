"""The texts of the kiosk's screen: one Fluent file a language, all with the same messages and the same variables."""

from importlib.resources import files

from contracts.fields import Language
from kiosk.presenters.wording import Wording
from runtime.texts import Texts


def load_texts(language: Language) -> Texts:
    """All messages of a language; raises ``runtime.errors.TextsError`` when the file is missing or faulty."""
    return Texts(files(__name__).joinpath(f"{language.value}.ftl"), language.value)


def load_wording(language: Language) -> Wording:
    """All texts of a language, for the presenters; raises as ``load_texts``."""
    return Wording(language=language, messages=load_texts(language))
