"""Errors of the hub.

``HubError`` (base)
├── ``StorageError``: the database can't be opened, migrated or written
└── ``ProvisioningError``: a provisioning file says something that isn't allowed; names what, where and what to do
"""


class HubError(Exception):
    """Base of the errors of ``hub``."""


class StorageError(HubError):
    """The database can't be opened, migrated or written."""


class ProvisioningError(HubError):
    """A provisioning file or request says something that isn't allowed."""
