"""Ranking models at a kiosk: its settings and events."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.bootstrap import model_fetcher
from kiosk.events import KioskEvent, ModelActive, ModelInstalled, ModelRefused, of_model, to_nobody
from kiosk.settings import KioskSettings
from runtime.agent.models import ModelNews, ModelStep
from runtime.clock import SystemClock
from runtime.config import load_config
from runtime.errors import ConfigError
from tests.sealed_models import KEY

FILE = """
device = "kiosk-1"
branch = "main"
broker = "mqtt://127.0.0.1:1"
store = "STORE/kiosk.sqlite"
"""


def settings(folder: Path, more: str = "") -> KioskSettings:
    path = folder / "kiosk.toml"
    path.write_text(FILE.replace("STORE", str(folder)) + more, encoding="utf-8")
    return load_config(path, KioskSettings)


def test_models_lie_beside_the_store(tmp_path: Path) -> None:
    KEY.save_public(tmp_path / "bank.pub")
    given = settings(tmp_path, f'trusted_keys = ["{tmp_path}/bank.pub"]\n')
    fetched = model_fetcher(given, to_nobody, SystemClock())
    assert fetched is not None
    fetcher, picks = fetched
    assert fetcher.held is None
    assert picks.of(None) == ()
    assert (tmp_path / "kiosk.models").is_dir()


def test_models_can_be_switched_off(tmp_path: Path) -> None:
    assert model_fetcher(settings(tmp_path, "fetch_models = false\n"), to_nobody, SystemClock()) is None
    assert not (tmp_path / "kiosk.models").exists()


def test_a_key_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pub"):
        model_fetcher(settings(tmp_path, 'trusted_keys = ["none.pub"]\n'), to_nobody, SystemClock())


@pytest.mark.parametrize(
    ("step", "event"),
    [
        (ModelStep.INSTALLED, ModelInstalled(at_ns=5, version="v3", serial=7)),
        (ModelStep.ACTIVE, ModelActive(at_ns=5, version="v3", serial=7)),
        (ModelStep.REFUSED, ModelRefused(at_ns=5, version="v3", serial=7, why="because")),
    ],
)
def test_what_happens_to_a_model_is_an_event(step: ModelStep, event: KioskEvent) -> None:
    why = "because" if step is ModelStep.REFUSED else ""
    assert of_model(ModelNews(step, "v3", 7, why), 5) == event
