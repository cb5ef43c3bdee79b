"""The message bus: one port, an MQTT implementation on aiomqtt, and one in memory with seeded faults."""

from runtime.bus.port import Bus, BusListener, BusSettings, Outgoing, Received, Subscription

__all__ = ["Bus", "BusListener", "BusSettings", "Outgoing", "Received", "Subscription"]
