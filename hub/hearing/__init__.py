"""Hearing: speech of devices that can't recognise it themselves, recognised by processes of the hub (W-11)."""

from hub.hearing.settings import HearingConfig

__all__ = ["HearingConfig"]
