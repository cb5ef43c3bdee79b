"""Errors of hearing.

``SpeechError`` (base)
├── ``EngineFailed``: an engine can't be loaded or stopped working
├── ``LanguageUnknown``: an engine was asked for a language that it doesn't know here
├── ``ModelMissing``: a model is not on this machine; says how to install it
├── ``ModelRefused``: what was offered as a model is not the one that was expected, or not one at all
├── ``DownloadFailed``: a model could not be fetched
└── ``MicrophoneLost``: there is no microphone, or it went away
"""

from runtime.errors import UsherRuntimeError


class SpeechError(UsherRuntimeError):
    """Base: what is wrong, where, and what to do."""


class EngineFailed(SpeechError):
    """Names the engine, what it was doing and why it failed."""


class LanguageUnknown(SpeechError):
    """Names the language and the ones that the engine knows here."""


class ModelMissing(SpeechError):
    """Names the model, where it was looked for and how to install it."""


class ModelRefused(SpeechError):
    """Names the file, what was expected and what was found; nothing was installed."""


class DownloadFailed(SpeechError):
    """Names the address and why it could not be fetched; nothing was installed."""


class MicrophoneLost(SpeechError):
    """Names the microphone and why it can't be heard; says what to try."""
