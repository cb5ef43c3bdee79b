"""How an alert reaches the wrist: the port, and the recorder that turns each alert into an event."""

from device_agent.haptics.port import Alert, Alerter
from device_agent.haptics.recorder import Recorder

__all__ = ["Alert", "Alerter", "Recorder"]
