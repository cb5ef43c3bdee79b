"""Errors of this package.

``UsherRuntimeError`` (base)
├── ``ConfigError``: a configuration file is missing, unreadable or says something that isn't allowed
├── ``BusError``
│   └── ``BusUnavailable``: there is no connection to the broker just now
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


class MailboxError(UsherRuntimeError):
    """The agent's durable store can't be opened or written; says which file and what to do."""
