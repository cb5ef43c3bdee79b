"""How the device itself is, as far as it can be read: the port, the machine's own sensors, and scripted ones."""

from device_agent.conditions.machine import MachineSensors
from device_agent.conditions.port import Sensors
from device_agent.conditions.scripted import Scripted

__all__ = ["MachineSensors", "Scripted", "Sensors"]
