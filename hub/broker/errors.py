"""Errors of the broker room.

``BrokerError`` (a ``HubError``)
├── ``BrokerConfigError``: a setting is not allowed (a user name, a topic filter, an open listener without users)
├── ``BrokerBinaryMissing``: there is no nats-server to start; says which extra of the package brings it
├── ``BrokerPortInUse``: somebody else listens on the port; says which setting to change
├── ``BrokerStoreError``: the data directory can't be made or written
│   └── ``BrokerStoreInUse``: another process runs a broker on this data directory
└── ``BrokerStartError``: it ended or did not answer in time; holds the end of its log
"""

from hub.errors import HubError


class BrokerError(HubError):
    """The broker can't be configured, started or kept up."""


class BrokerConfigError(BrokerError):
    """A setting of the broker is not allowed; names it, its value and what is allowed."""


class BrokerBinaryMissing(BrokerError):
    """There is no nats-server on this machine."""


class BrokerPortInUse(BrokerError):
    """Somebody else listens on the port."""


class BrokerStoreError(BrokerError):
    """The data directory can't be made or written."""


class BrokerStoreInUse(BrokerStoreError):
    """Another process runs a broker on this data directory."""


class BrokerStartError(BrokerError):
    """The broker ended or did not answer in time; the message holds the end of its log."""
