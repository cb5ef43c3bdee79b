"""Which microphone a setting names."""

from pathlib import Path

from runtime.audio.port import Microphone
from runtime.audio.recorded import RawStreamMicrophone, SilentMicrophone, WavMicrophone
from runtime.audio.sound_device import SoundDeviceMicrophone
from runtime.errors import ConfigError

FORMS = "default, the name or number of a device, wav:FILE, tcp:PORT, fd:NUMBER, silence or none"


def microphone_named(setting: str) -> Microphone | None:
    """The microphone for a setting (``FORMS``); null for ``none``. Raises ``ConfigError``."""
    kind, _, value = setting.partition(":")
    match kind:
        case "none":
            return None
        case "" | "default":
            return SoundDeviceMicrophone()
        case "silence":
            return SilentMicrophone()
        case "wav" if value:
            return WavMicrophone(Path(value))
        case "tcp" | "fd":
            return RawStreamMicrophone(**{"port" if kind == "tcp" else "descriptor": _number(setting, value)})
        case _:
            return SoundDeviceMicrophone(setting)


def _number(setting: str, value: str) -> int:
    if not value.isdecimal() or int(value) > 65_535:
        raise ConfigError(f"microphone = {setting!r}: {value!r} is no number; use {FORMS}")
    return int(value)
