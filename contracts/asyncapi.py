"""AsyncAPI 3.0 of everything on the bus, generated from the message types and the topic table.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterable

import msgspec

from contracts import topics
from contracts.codec import MAX_MESSAGE_BYTES
from contracts.envelope import Envelope
from contracts.messages import MESSAGE_TYPES, AnyMessage, wire_type

Json = dict[str, object]


def asyncapi(version: str) -> Json:
    """The whole document as JSON values."""
    types = list(MESSAGE_TYPES.values())
    _, components = msgspec.json.schema_components(
        [Envelope[AnyMessage], *types], ref_template="#/components/schemas/{name}"
    )
    envelope_name = next(name for name in components if name.startswith("Envelope"))
    envelope = components.pop(envelope_name)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Usher on the bus",
            "version": version,
            "license": {"name": "Apache-2.0"},
            "description": (
                "MQTT 3.1.1, QoS ≤ 1, clean sessions. CloudEvents 1.0 in structured JSON. "
                f"At most {MAX_MESSAGE_BYTES} bytes a message. At least once; every handler is idempotent by id."
            ),
        },
        "defaultContentType": "application/json",
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {tag: _message(tag, message, envelope) for tag, message in MESSAGE_TYPES.items()},
            "schemas": components,
        },
    }


def _message(tag: str, message: type[AnyMessage], envelope: Json) -> Json:
    properties = envelope.get("properties")
    assert isinstance(properties, dict)
    data = {"$ref": f"#/components/schemas/{message.__name__}"}
    payload = {**envelope, "title": tag, "properties": {**properties, "type": {"const": tag}, "data": data}}
    return {"name": tag, "title": message.__name__, "summary": (message.__doc__ or "").strip(), "payload": payload}


def _channels() -> Json:
    device = {"device": {"description": "name of the agent, as the hub knows it"}}

    def channel(address: str, types: Iterable[type[AnyMessage]], description: str) -> Json:
        tags = [wire_type(message) for message in types]
        return {
            "address": address,
            "description": description,
            "parameters": device,
            "messages": {tag: {"$ref": f"#/components/messages/{tag}"} for tag in tags},
        }

    channels: Json = {
        f"up-{lane.value}": channel(
            f"devices/{{device}}/{topics.VERSION}/up/{lane.value}",
            types,
            "from " + ", ".join(sorted(kind.value for kind in topics.LANE_KINDS[lane])),
        )
        for lane, types in topics.LANE_TYPES.items()
    }
    channels["down"] = channel(f"devices/{{device}}/{topics.VERSION}/down", topics.DOWN_TYPES, "from the hub")
    channels["state"] = channel(
        f"devices/{{device}}/{topics.VERSION}/state", topics.STATE_TYPES, "retained, with the last will"
    )
    return channels


def _operations() -> Json:
    upward = [f"up-{lane.value}" for lane in topics.LANE_TYPES]
    operations: Json = {
        f"hub-receives-{name}": {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
        for name in (*upward, "state")
    }
    operations["hub-sends-down"] = {"action": "send", "channel": {"$ref": "#/channels/down"}}
    return operations
