"""The configuration of nats-server as a pure function of typed settings, and MQTT topic filters as NATS subjects."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from hub.broker.errors import BrokerConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_LEVEL = re.compile(r"[^\s./+#*>$\x00-\x1f][^\s./+#*>\x00-\x1f]*")
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")

# QoS 1 is delivered on this internal subject. No wider grant is needed, and none is safe:
# `$MQTT.>` would let a device read the QoS 1 messages of all others at `$MQTT/msgs/#`.
_QOS1_DELIVERY = "$MQTT.sub.>"

OPEN_USER = "anyone"
"""Whom a client without credentials counts as, in a broker without users."""


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """Where the broker listens; ``str()`` is ``mqtt://host:port`` as the bus takes it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"mqtt://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def signed_in(self, name: str, password: str) -> str:
        """The same address with credentials: ``mqtt://name:password@host:port``, percent-encoded."""
        return str(self).replace("//", f"//{quote(name, safe='')}:{quote(password, safe='')}@", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """Who may connect, and the MQTT topic filters they may publish to and subscribe to (nothing else gets through).

    Exactly one of ``password`` (kept in the configuration file, mode 0600) and ``password_bcrypt`` is given. A bcrypt
    check costs the broker tens of milliseconds for each connect: prefer random passwords where thousands reconnect.
    Raises ``BrokerConfigError``.
    """

    name: str
    password: str | None = field(default=None, repr=False)
    password_bcrypt: str | None = field(default=None, repr=False)
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BrokerConfigError(
                f"broker user name {self.name!r}: use 1 to 128 letters, digits, '-' and '_', a letter or digit first"
            )
        if self.name == OPEN_USER:
            raise BrokerConfigError(f"broker user name {self.name!r} is reserved; take another one")
        if (self.password is None) == (self.password_bcrypt is None):
            raise BrokerConfigError(f"broker user {self.name!r}: give either password or password_bcrypt")
        # nats-server takes anything that starts so for a hash: a plain password of that form would never match.
        if self.password is not None and (not self.password or self.password.startswith("$2")):
            raise BrokerConfigError(
                f"broker user {self.name!r}: the password is empty or starts with '$2'; take another"
            )
        if self.password_bcrypt is not None and not _BCRYPT.fullmatch(self.password_bcrypt):
            raise BrokerConfigError(
                f"broker user {self.name!r}: password_bcrypt is not of the form $2a$NN$ and 53 characters"
            )
        for topic_filter in (*self.publish, *self.subscribe):
            subjects(topic_filter)


def device_user(name: str, password: str) -> BrokerUser:
    """A device: may speak and listen only below ``devices/NAME/``."""
    own = (f"devices/{name}/#",)
    return BrokerUser(name=name, password=password, publish=own, subscribe=own)


def hub_user(name: str, password: str) -> BrokerUser:
    """The hub: may speak to and hear every device."""
    return BrokerUser(name=name, password=password, publish=("devices/#",), subscribe=("devices/#",))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLimits:
    """What the broker takes: bytes a message, connections, bytes on disk, unacknowledged messages a session."""

    max_payload_bytes: int = 256 * 1024
    max_connections: int = 65_536
    max_store_bytes: int = 4 * 1024**3
    max_unacked: int = 1024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise BrokerConfigError(f"broker limit {name} = {getattr(self, name)}: must be 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsSettings:
    """What ends up in the configuration file. ``probe_name`` is the user who asks whether the broker is up."""

    name: str
    directory: Path
    host: str
    mqtt_port: int
    native_port: int
    probe_name: str
    probe_password: str = field(repr=False)
    open_password: str = field(repr=False)
    users: Sequence[BrokerUser] = ()
    limits: BrokerLimits = field(default_factory=BrokerLimits)


def subjects(topic_filter: str) -> tuple[str, ...]:
    """The NATS subjects of an MQTT topic filter: ``a/+/#`` is ``a.*`` and ``a.*.>`` (MQTT's # includes the parent).

    Raises ``BrokerConfigError`` for a filter that NATS can't say or that would reach its internal subjects.
    """
    levels = topic_filter.split("/")
    tail = levels[-1] == "#"
    names = levels[:-1] if tail else levels
    if not names or not all(level == "+" or _LEVEL.fullmatch(level) for level in names) or names[0] == "+":
        raise BrokerConfigError(
            f"topic filter {topic_filter!r}: start with a named level; levels hold no space, '.', '*', '>' or "
            "leading '$'; '+' stands alone and '#' comes last"
        )
    base = ".".join("*" if level == "+" else level for level in names)
    return (base, f"{base}.>") if tail else (base,)


def nats_config(settings: NatsSettings) -> str:
    """The text of the configuration file. The port for native NATS clients exists but opens to nobody."""
    text = json.dumps  # nats-server reads JSON's quoted strings
    directory, limits = settings.directory, settings.limits
    users = [_user(user) for user in settings.users]
    if not users:
        users.append(f"{{ user: {text(OPEN_USER)}, password: {text(settings.open_password)}, {_MQTT_ONLY} }}")
    users.append(
        f"{{ user: {text(settings.probe_name)}, password: {text(settings.probe_password)}, {_MQTT_ONLY}, "
        'permissions: { publish: { deny: [">"] }, subscribe: { deny: [">"] } } }'
    )
    anonymous = "" if settings.users else f"\n  no_auth_user: {text(OPEN_USER)}"
    listed = "\n  ".join(users)
    return f"""\
# Written by Usher at every start: changes are lost.
server_name: {text(settings.name)}
listen: {text(f"127.0.0.1:{settings.native_port}")}
pid_file: {text(str(directory / "nats.pid"))}
log_file: {text(str(directory / "nats.log"))}
logfile_size_limit: 16777216
logfile_max_num: 4
max_payload: {limits.max_payload_bytes}
max_connections: {limits.max_connections}
jetstream {{
  store_dir: {text(str(directory / "store"))}
  max_file_store: {limits.max_store_bytes}
  sync_interval: "10s"
}}
mqtt {{
  host: {text(settings.host)}
  port: {settings.mqtt_port}
  ack_wait: "3s"
  max_ack_pending: {limits.max_unacked}{anonymous}
}}
authorization {{ users: [
  {listed}
] }}
"""


_MQTT_ONLY = 'allowed_connection_types: ["MQTT"]'


def _user(user: BrokerUser) -> str:
    secret = user.password if user.password is not None else user.password_bcrypt
    speak = _permission(user.publish)
    hear = _permission(user.subscribe, *([_QOS1_DELIVERY] if user.subscribe else []))
    return (
        f"{{ user: {json.dumps(user.name)}, password: {json.dumps(secret)}, {_MQTT_ONLY}, "
        f"permissions: {{ publish: {speak}, subscribe: {hear} }} }}"
    )


def _permission(filters: Sequence[str], *extra: str) -> str:
    allowed = [*(subject for topic_filter in filters for subject in subjects(topic_filter)), *extra]
    # An empty list of allowed subjects means everything to nats-server.
    return f"{{ allow: {json.dumps(allowed)} }}" if allowed else '{ deny: [">"] }'
