"""The customers' room: who they are to the bank. Thin for now: records by reference, their own advisor."""

from hub.customers.store import CustomerStore, StoredCustomer

__all__ = ["CustomerStore", "StoredCustomer"]
