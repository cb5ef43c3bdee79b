"""Errors of this package.

``DeviceAgentError`` (base)
├── ``SettingsError``: the command line and the configuration file together don't say enough, or something not allowed
└── ``ReplayError``: a talk that can't be replayed

What an advisor may not do just now is not an error: it is a returned :class:`device_agent.core.acts.Declined`.
"""


class DeviceAgentError(Exception):
    """Base of the errors of ``device_agent``."""


class SettingsError(DeviceAgentError):
    """Names the setting, its value and what is allowed."""


class ReplayError(DeviceAgentError):
    """Names the file, the line where there is one, and what to do."""
