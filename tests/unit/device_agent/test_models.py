"""Ranking models on a wearable: its settings, its events, and what stands in their way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from device_agent.bootstrap import model_fetcher
from device_agent.errors import SettingsError
from device_agent.events import EVENT_NAMES, AnyEvent, Journal, line_of, of_model
from device_agent.settings import FileSettings, ModelSettings, settle
from runtime.agent.models import ModelNews, ModelStep
from tests.sealed_models import KEY
from tests.unit.device_agent.fakehub import HandClock

GIVEN = FileSettings(device="watch-1", broker="mqtt://127.0.0.1:1", store="there/watch.sqlite")


def config(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_models_lie_beside_the_store_unless_it_is_said_where() -> None:
    assert settle(GIVEN, None).model_folder == Path("there/watch.models")
    said = FileSettings(device="w", broker="mqtt://h", models=ModelSettings(folder="elsewhere"))
    assert settle(said, None).model_folder == Path("elsewhere")


def test_keys_of_the_file_and_the_command_line_are_trusted_both(tmp_path: Path) -> None:
    file = config(tmp_path, '[models]\ntrusted_keys = ["a.pub"]\nfolder = "kept"\n')
    given = FileSettings(device="w", broker="mqtt://h", models=ModelSettings(trusted_keys=("b.pub",)))
    settings = settle(given, file)
    assert settings.trusted_keys == (Path("a.pub"), Path("b.pub"))
    assert settings.model_folder == Path("kept")


def test_models_can_be_switched_off(tmp_path: Path) -> None:
    assert settle(GIVEN, config(tmp_path, "[models]\nfetch = false\n")).model_folder is None
    off = FileSettings(device="w", broker="mqtt://h", models=ModelSettings(fetch=False))
    assert settle(off, None).model_folder is None


def test_what_happens_to_a_model_is_an_event() -> None:
    journal, lines = Journal(HandClock()), []
    journal.subscribe(lambda event: lines.append(json.loads(line_of(event))))
    for step in ModelStep:
        event: AnyEvent = of_model(ModelNews(step, "v3", 7, "because" if step is ModelStep.REFUSED else ""))
        journal.emit(event)
    assert [line["event"] for line in lines] == ["model_installed", "model_active", "model_refused"]
    assert {line["event"] for line in lines} <= EVENT_NAMES
    assert all((line["version"], line["serial"]) == ("v3", 7) for line in lines)
    assert lines[-1]["why"] == "because"


def test_a_fetcher_has_what_its_folder_has(tmp_path: Path) -> None:
    KEY.save_public(tmp_path / "bank.pub")
    found = model_fetcher(tmp_path / "models", (tmp_path / "bank.pub",), Journal(HandClock()))
    assert found is not None
    fetcher, lexicon = found
    assert fetcher.held is None
    assert lexicon() is None, "nothing is known of the products before a model came"


def test_keys_and_folders_that_are_of_no_use_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"none\.pub"):
        model_fetcher(tmp_path / "models", (tmp_path / "none.pub",), Journal(HandClock()))
    with pytest.raises(SettingsError, match="models"):
        model_fetcher(tmp_path / "file" / "models", (), Journal(HandClock()))
