"""Errors of this package.

``KioskError`` (base)
└── ``ScriptError``: a script of take requests can't be read

What a customer may not do is a returned :class:`~contracts.errors.Refusal`, never an exception; a configuration that
isn't allowed is runtime's ``ConfigError``.
"""


class KioskError(Exception):
    """Base of the errors of ``kiosk``."""


class ScriptError(KioskError):
    """Says which script, what is wrong with it, and what to do."""
