"""How an alert reaches the advisor (W-07): the ports, the alerter that fans out to them, and what stands behind."""

from device_agent.haptics.alerter import ChannelAlerter
from device_agent.haptics.port import Alert, Alerter, Bell, Motor, Speaker, Spoken, Wording
from device_agent.haptics.recorder import Command, Mute, Recorder, ScreenMotor, Tape
from device_agent.haptics.tick import ticking
from device_agent.haptics.turns import SpeakersTurns

__all__ = [
    "Alert",
    "Alerter",
    "Bell",
    "ChannelAlerter",
    "Command",
    "Motor",
    "Mute",
    "Recorder",
    "ScreenMotor",
    "Speaker",
    "SpeakersTurns",
    "Spoken",
    "Tape",
    "Wording",
    "ticking",
]
