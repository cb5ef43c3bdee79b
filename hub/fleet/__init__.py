"""The fleet's room: which branches, advisors and devices there are, and which device is bound where."""

from hub.fleet.directory import FleetDirectory
from hub.fleet.store import Registry

__all__ = ["FleetDirectory", "Registry"]
