"""Errors of this package.

``DeviceAgentError`` (base)
├── ``SettingsError``: the command line and the configuration file together don't say enough, or something not allowed
├── ``TextsError``: the message catalogue of a language is missing or incomplete
└── ``WindowError``: a window was wanted and there can't be one

What an advisor may not do just now is not an error: it is a returned :class:`device_agent.core.acts.Declined`.
"""


class DeviceAgentError(Exception):
    """Base of the errors of ``device_agent``."""


class SettingsError(DeviceAgentError):
    """Names the setting, its value and what is allowed."""


class TextsError(DeviceAgentError):
    """Names the language and the text."""


class WindowError(DeviceAgentError):
    """Says what the window lacks, and that ``--headless`` does without."""
