"""The words of the paper ticket: one Fluent file a language, all with the same messages and the same variables."""

from importlib.resources import files

from contracts.fields import Language
from kiosk.presenters.wording import Wording
from runtime.texts import Texts


def load_ticket_texts(language: Language) -> Texts:
    """All messages of a language; raises ``runtime.errors.TextsError`` when the file is missing or faulty."""
    return Texts(files(__name__).joinpath(f"{language.value}.ftl"), language.value)


def load_ticket_words(language: Language) -> Wording:
    """All words of a language, for ``kiosk.core.ticket_layout.lay_out``; raises as ``load_ticket_texts``."""
    return Wording(language=language, messages=load_ticket_texts(language))
