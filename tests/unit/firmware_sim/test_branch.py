"""How the wearables of a branch are started."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.fleet.branch import WEARERS, Setting, Wearer, wearer_arguments
from firmware_sim.fleet.by_hand import OWN_EARS
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.screen import arrange

HUB = HubReady(event="ready", broker="mqtt://127.0.0.1:1", http="", token="", model="m", models_key="key.pub")


def speech_of(wearer: Wearer, setting: Setting) -> list[str]:
    arguments = wearer_arguments(wearer, setting, HUB)
    return arguments[arguments.index("--speech") :][:2] if "--speech" in arguments else []


@pytest.mark.parametrize("wearer", WEARERS, ids=lambda wearer: wearer.device)
def test_a_wearable_hears_nothing_unless_it_is_told_to(wearer: Wearer) -> None:
    for layout in (None, arrange(1366, 768)):
        assert speech_of(wearer, Setting(folder=Path("demo"), layout=layout)) == ["--speech", "off"]
    told = Setting(folder=Path("demo"), speech={"watch-ann": ("--speech", "device")})
    assert speech_of(wearer, told)[1] == ("device" if wearer.device == "watch-ann" else "off")


@pytest.mark.parametrize("wearer", WEARERS, ids=lambda wearer: wearer.device)
def test_for_a_person_it_hears_as_it_does_by_itself(wearer: Wearer) -> None:
    assert speech_of(wearer, Setting(folder=Path("demo"), speech=OWN_EARS)) == []
