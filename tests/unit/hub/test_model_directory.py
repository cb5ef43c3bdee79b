"""Which model a hub starts with: one that a trusted key signed, and as it was signed."""

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.config import HubConfig, ModelConfig
from hub.learning import LearningConfig
from hub.process import model_directory
from models.errors import RegistryError
from models.registry import SigningKey, seal
from models.scorer import CARD_FILE, CATALOGUE_FILE, MODEL_FILE, artefact_directory


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A bank's own model, not signed."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in (MODEL_FILE, CARD_FILE, CATALOGUE_FILE):
        shutil.copy(artefact_directory("coil2000") / name, folder / name)
    return folder


def config(folder: Path | str, *, unsigned: bool = False, trusted: tuple[str, ...] = ()) -> HubConfig:
    return HubConfig(
        model=ModelConfig(artifact=str(folder), allow_unsigned=unsigned), learning=LearningConfig(trusted_keys=trusted)
    )


@pytest.mark.parametrize("name", ["coil2000", "simbank"])
def test_what_comes_with_usher_is_signed_by_the_key_that_comes_with_usher(name: str) -> None:
    assert model_directory(config(name)) == artefact_directory(name)


def test_an_unsigned_model_is_refused_with_what_to_do(own: Path) -> None:
    with pytest.raises(RegistryError, match=r"not sealed.*usher models sign .*trusted_keys.*allow_unsigned"):
        model_directory(config(own))


def test_an_unsigned_model_is_taken_where_that_is_allowed_and_the_log_says_so(
    own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert model_directory(config(own, unsigned=True)) == own
    assert "model_unsigned" in caplog.text


def test_a_banks_own_key_is_enough_when_it_is_trusted(own: Path, tmp_path: Path) -> None:
    key = SigningKey.generate()
    key.save_public(tmp_path / "bank.pub")
    seal(own, key, serial=1, made_at=datetime(2026, 1, 5, tzinfo=UTC))
    assert model_directory(config(own, trusted=(str(tmp_path / "bank.pub"),))) == own
    with pytest.raises(RegistryError, match="trusted_keys"):
        model_directory(config(own))


@pytest.mark.parametrize("unsigned", [False, True])
@pytest.mark.parametrize("name", [MODEL_FILE, CARD_FILE, CATALOGUE_FILE])
def test_a_signed_model_that_was_altered_is_refused_also_where_unsigned_ones_are_taken(
    own: Path, name: str, unsigned: bool
) -> None:
    shutil.copy(artefact_directory("coil2000") / "signature.json", own / "signature.json")
    (own / name).write_bytes((own / name).read_bytes()[:-1] + b" ")
    with pytest.raises(RegistryError, match=name):
        model_directory(config(own, unsigned=unsigned))
