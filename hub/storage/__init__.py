"""The hub's storage: SQLAlchemy Core, SQLite by default with one writer, PostgreSQL by URL with the same code."""

from hub.storage.engine import Storage, open_storage, storage_failed
from hub.storage.schema import metadata, moment_of, ms
from hub.storage.statements import LookUp
from hub.storage.unit import UnitOfWork

__all__ = ["LookUp", "Storage", "UnitOfWork", "metadata", "moment_of", "ms", "open_storage", "storage_failed"]
