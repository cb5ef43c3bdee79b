"""Errors of this package.

``UsherRuntimeError`` (base)
├── ``ConfigError``: a configuration file is missing, unreadable or says something that isn't allowed
├── ``BusError``
│   └── ``BusUnavailable``: there is no connection to the broker just now
├── ``WindowError``: a window was wanted and there can't be one
├── ``TextsError``: the texts of a language are missing or faulty
└── ``MailboxError``: the durable store of an agent can't be used
"""


class UsherRuntimeError(Exception):
    """Base of the errors of ``runtime``."""


class ConfigError(UsherRuntimeError):
    """Names the file, the key, the value and what is allowed."""


class BusError(UsherRuntimeError):
    """Something is wrong with the message bus."""


class BusUnavailable(BusError):
    """No connection to the broker just now; the caller keeps the message and sends it after the next connect."""


class TextsError(UsherRuntimeError):
    """Names the file of texts, the line or the message, and what is wrong with it."""


class WindowError(UsherRuntimeError):
    """There can't be a window here; says what is missing and how to go on."""


class MailboxError(UsherRuntimeError):
    """The agent's durable store can't be opened or written; says which file and what to do."""
