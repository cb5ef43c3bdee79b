"""The hub's configuration file, in TOML; every key has a default."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hub.hearing import HearingConfig
from hub.learning import LearningConfig
from hub.lobby import LobbyConfig
from hub.visits import ScoreSettings

Positive = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]


class BrokerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``url`` empty: the embedded broker on ``host:port`` (port 0: a free one); else any MQTT 3.1.1 broker."""

    url: str = ""
    host: str = "127.0.0.1"
    port: Port = 1883
    keepalive_s: Annotated[int, Meta(ge=5, le=3600)] = 30


class HttpConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP API; port 0 takes a free one. It wants the token that the hub prints at start."""

    host: str = "127.0.0.1"
    port: Port = 8480


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which trained artefact ranks products: a name under ``models/artifacts`` or a directory, signed by a key that
    comes with Usher or is in ``learning.trusted_keys``. ``allow_unsigned``: take one without a signature, too."""

    artifact: Annotated[str, Meta(min_length=1)] = "coil2000"
    allow_unsigned: bool = False


class EngineConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The writer: the largest batch, how many messages may wait, how far a device's clock may be off."""

    batch_most: Annotated[int, Meta(ge=1, le=10_000)] = 256
    queue_most: Annotated[int, Meta(ge=1, le=1_000_000)] = 20_000
    clock_tolerance_s: Positive = 120.0
    inbox_days: Annotated[float, Meta(ge=1, le=365)] = 14.0


class HubConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. ``database`` empty: ``hub.sqlite`` in the data folder."""

    data: Annotated[str, Meta(min_length=1)] = "var/hub"
    database: str = ""
    provision: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    broker: BrokerConfig = BrokerConfig()
    http: HttpConfig = HttpConfig()
    model: ModelConfig = ModelConfig()
    engine: EngineConfig = EngineConfig()
    scores: ScoreSettings = ScoreSettings()
    learning: LearningConfig = LearningConfig()
    hearing: HearingConfig = HearingConfig()
    lobby: LobbyConfig = LobbyConfig()
