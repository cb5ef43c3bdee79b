"""The configuration and access list of a mosquitto in production, as pure functions of typed settings.

The lines were run end to end on mosquitto 2.0.11: no certificate, a foreign authority's or a revoked one is refused, a
device reaches only ``devices/<its name>/``, and a certificate can't take another's client id.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from hub.broker.errors import BrokerConfigError

_UNQUOTABLE = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class MosquittoTls:
    """Certificates (PEM) of a listener. ``authority`` signs who may connect; an expired ``revoked`` locks all out."""

    authority: Path
    certificate: Path
    key: Path
    revoked: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MosquittoSettings:
    """What differs between sites.

    With TLS the name in a client's certificate is its user name, on the devices' listener also its client id; the hub's
    listener needs its own ``authority``: it would take any valid device certificate. No device may ever get a
    certificate in the name ``hub_name``: the access list goes by names, on every listener. Without TLS (``tls``
    None, for one machine and tests) it listens on 127.0.0.1 only and takes names and passwords from ``passwords``.
    Raises ``BrokerConfigError``.
    """

    store: Path
    access_list: Path
    device_port: int = 8883
    hub_port: int = 8884
    websocket_port: int | None = None
    tls: MosquittoTls | None = None
    hub_tls: MosquittoTls | None = None
    passwords: Path | None = None
    hub_name: str = "hub"
    run_as: str | None = None
    max_payload_bytes: int = 256 * 1024

    def __post_init__(self) -> None:
        if (self.tls is None) != (self.hub_tls is None):
            raise BrokerConfigError("mosquitto: give certificates for both listeners (tls and hub_tls), or for none")
        if self.tls is None and self.passwords is None:
            raise BrokerConfigError("mosquitto without certificates needs a password file: give passwords")
        if self.tls is not None and self.hub_tls is not None and self.tls.authority == self.hub_tls.authority:
            raise BrokerConfigError(
                f"mosquitto: the hub's listener takes every certificate of {self.hub_tls.authority}, "
                "so also the devices'; give hub_tls an authority of its own"
            )
        ports = [port for port in (self.device_port, self.hub_port, self.websocket_port) if port is not None]
        if len(set(ports)) != len(ports) or not all(0 < port < 65_536 for port in ports):
            raise BrokerConfigError(f"mosquitto ports {ports}: must be different and between 1 and 65535")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.hub_name):
            raise BrokerConfigError(f"mosquitto hub_name {self.hub_name!r}: use letters, digits, '-' and '_'")


def mosquitto_config(settings: MosquittoSettings) -> str:
    """The text of ``mosquitto.conf``."""
    lines = [
        "# Written by Usher.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"acl_file {_path(settings.access_list)}",
        "persistence true",
        f"persistence_location {_path(settings.store)}/",
        "autosave_interval 1",
        # The default of 1000 drops later commands to a sleeping device, though they were acknowledged.
        "max_queued_messages 10000",
        "persistent_client_expiration 14d",
        f"message_size_limit {settings.max_payload_bytes}",
        "set_tcp_nodelay true",
        "connection_messages false",
    ]
    if settings.run_as is not None:
        lines.append(f"user {settings.run_as}")
    if settings.passwords is not None:
        lines.append(f"password_file {_path(settings.passwords)}")
    lines += _listener(settings.device_port, settings.tls)
    # Else a device's certificate could take the client id of another and throw it out.
    lines.append("use_username_as_clientid true")
    lines += _listener(settings.hub_port, settings.hub_tls)
    if settings.websocket_port is not None:
        lines += [*_listener(settings.websocket_port, settings.tls), "protocol websockets"]
    return "\n".join(lines) + "\n"


def mosquitto_acl(settings: MosquittoSettings) -> str:
    """The text of the access list: the hub reaches all devices, each device only what is below its own name."""
    return f"""\
# Written by Usher.
user {settings.hub_name}
topic readwrite devices/#
topic read $SYS/#

pattern readwrite devices/%u/#
"""


def _listener(port: int, tls: MosquittoTls | None) -> list[str]:
    if tls is None:
        return ["", f"listener {port} 127.0.0.1"]
    lines = [
        "",
        f"listener {port}",
        f"cafile {_path(tls.authority)}",
        f"certfile {_path(tls.certificate)}",
        f"keyfile {_path(tls.key)}",
        "require_certificate true",
        "use_identity_as_username true",
    ]
    if tls.revoked is not None:
        lines.append(f"crlfile {_path(tls.revoked)}")
    return lines


def _path(path: Path) -> str:
    if _UNQUOTABLE.search(str(path)):
        raise BrokerConfigError(f"mosquitto: the path {str(path)!r} holds control characters; use another one")
    return str(path)
