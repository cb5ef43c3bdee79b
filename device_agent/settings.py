"""The settings of one agent: from the command line over a TOML file over the defaults."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import DeviceKind, Language, Name
from device_agent.core.alerts import AlertPatterns
from device_agent.errors import SettingsError
from runtime.config import load_config
from runtime.speech.choosing import EngineSettings
from runtime.speech.listening import ListeningSettings


class Shape(StrEnum):
    """The screen: round 454, square 396 by 484, band 194 by 368."""

    ROUND = "round"
    SQUARE = "square"
    BAND = "band"


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ranking models from the hub: ``folder`` holds them, ``trusted_keys`` are .pub files beside those of Usher."""

    fetch: bool = True
    folder: str | None = None
    trusted_keys: tuple[str, ...] = ()


class Recogniser(StrEnum):
    """Where speech becomes text: on this device, at the hub (for what is too small, such as a band), or nowhere."""

    DEVICE = "device"
    HUB = "hub"
    OFF = "off"


class SpeechSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How talks are heard. ``where`` null: a watch by itself, a band by the hub. ``microphone``: see `usher watch
    --help`. ``language``: what customers speak here, null for the advisor's language. ``warm``: load the recogniser at
    the start, not at the first talk."""

    where: Recogniser | None = None
    microphone: Annotated[str, Meta(min_length=1, max_length=500)] = "default"
    language: Language | None = None
    warm: bool = True
    engine: EngineSettings = EngineSettings()
    listening: ListeningSettings = ListeningSettings()


class FileSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a configuration file may say; all of it may also come from the command line, which wins."""

    kind: DeviceKind | None = None
    device: Name | None = None
    broker: str | None = None
    store: str | None = None
    keepalive_s: Annotated[int, Meta(ge=1, le=3600)] | None = None
    language: Language | None = None
    shape: Shape | None = None
    at: tuple[int, int] | None = None
    headless: bool | None = None
    sound: bool | None = None
    log_level: str | None = None
    alerts: AlertPatterns = AlertPatterns()
    models: ModelSettings = ModelSettings()
    speech: SpeechSettings = SpeechSettings()


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A complete set of settings. ``language`` is null when the binding's language is to be shown; without a
    ``model_folder`` no models are fetched; without ``sound`` there is neither ring nor voice."""

    kind: DeviceKind
    device: Name
    broker: str
    store: Path
    keepalive_s: int
    language: Language | None
    shape: Shape
    at: tuple[int, int] | None
    headless: bool
    log_level: str
    alerts: AlertPatterns
    sound: bool = False
    model_folder: Path | None = None
    trusted_keys: tuple[Path, ...] = ()
    speech: SpeechSettings = SpeechSettings(where=Recogniser.OFF)


LOG_LEVELS = ("debug", "info", "warning", "error")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_BROKER = re.compile(r"mqtt://(?:[^@/\s]+@)?[^@/\s:]+(?::\d{1,5})?/?")


def settle(given: FileSettings, config: Path | None) -> AgentSettings:
    """``given`` over the file over the defaults; raises ``SettingsError`` or ``runtime.errors.ConfigError``."""
    file = load_config(config, FileSettings) if config else FileSettings()
    device = given.device or file.device
    broker = given.broker or file.broker
    kind = given.kind or file.kind or DeviceKind.WATCH
    level = given.log_level or file.log_level or "info"
    if kind is DeviceKind.KIOSK:
        raise SettingsError(f"kind = {kind.value!r}: a wearable is watch or band; a kiosk is started by `usher kiosk`")
    if device is None:
        raise SettingsError('device: missing: give --device NAME, or device = "NAME" in the file of --config')
    if _NAME.fullmatch(device) is None:
        raise SettingsError(f"device = {device!r}: use 1 to 63 of a-z, 0-9 and -, beginning with a letter or digit")
    if broker is None:
        raise SettingsError('broker: missing: give --broker mqtt://host:port, or broker = "…" in the file of --config')
    if _BROKER.fullmatch(broker) is None:
        raise SettingsError(f"broker = {broker!r}: use mqtt://[user:password@]host[:port]")
    if level not in LOG_LEVELS:
        raise SettingsError(f"log_level = {level!r}: use one of {', '.join(LOG_LEVELS)}")
    store = Path(given.store or file.store or f"var/{device}.sqlite")
    folder = Path(given.models.folder or file.models.folder or store.with_suffix(".models"))
    headless = bool(given.headless or file.headless)
    sound = given.sound if given.sound is not None else file.sound
    return AgentSettings(
        kind=kind,
        device=device,
        broker=broker,
        store=store,
        keepalive_s=given.keepalive_s or file.keepalive_s or 60,
        language=given.language or file.language,
        shape=given.shape or file.shape or (Shape.BAND if kind is DeviceKind.BAND else Shape.ROUND),
        at=given.at or file.at,
        headless=headless,
        sound=not headless if sound is None else sound,
        log_level=level,
        alerts=file.alerts,
        model_folder=folder if given.models.fetch and file.models.fetch else None,
        trusted_keys=tuple(map(Path, (*file.models.trusted_keys, *given.models.trusted_keys))),
        speech=_speech(given.speech, file.speech, kind),
    )


def _speech(given: SpeechSettings, file: SpeechSettings, kind: DeviceKind) -> SpeechSettings:
    usual = Recogniser.HUB if kind is DeviceKind.BAND else Recogniser.DEVICE
    unsaid = SpeechSettings()
    return msgspec.structs.replace(
        file,
        where=given.where or file.where or usual,
        microphone=given.microphone if given.microphone != unsaid.microphone else file.microphone,
        language=given.language or file.language,
        engine=given.engine if given.engine != unsaid.engine else file.engine,
    )
