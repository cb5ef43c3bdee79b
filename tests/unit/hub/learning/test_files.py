"""The hub's key and its folder of models: made once, kept, and nothing in it believed that was altered."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.learning.files import ModelFolder, content_of, own_key
from hub.learning.model import Version, found
from models.errors import ArtefactError, KeyFileError
from models.registry import PublicKey, Trust
from tests.unit.hub.learning.school import trained

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.req("W-16")


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    """A folder of models with nothing in it yet."""
    trained(tmp_path / "shipped")
    key = own_key(tmp_path / "keys")
    return ModelFolder(tmp_path / "models", tmp_path / "shipped", key, Trust([key.public]))


def base(folder: ModelFolder) -> Version:
    return found(folder.base, NOW).versions[0]


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = own_key(tmp_path / "keys")
    private, public = tmp_path / "keys" / "models.pem", tmp_path / "keys" / "models.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert PublicKey.load(public).id == first.public.id
    public.unlink()
    assert own_key(tmp_path / "keys").public.id == first.public.id
    assert PublicKey.load(public).id == first.public.id
    private.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        own_key(tmp_path / "keys")


def test_a_release_is_sealed_and_the_same_again_changes_nothing(folder: ModelFolder) -> None:
    _, sealed = folder.release(base(folder))
    again = folder.release(base(folder))[1]
    assert (sealed.version, sealed.serial) == (folder.base, 1)
    assert again.signature == sealed.signature
    back = replace(base(folder), serial=2, rolls_back=True)
    assert folder.release(back)[1].manifest.rolls_back_to == folder.base


def test_a_version_that_is_not_what_passed_the_gate_is_not_signed(folder: ModelFolder, tmp_path: Path) -> None:
    other = trained(tmp_path / "models" / "other")
    version = replace(base(folder), version="other", parent=folder.base, content="0" * 64)
    with pytest.raises(ArtefactError, match="not the bytes that passed the gate"):
        folder.release(version)
    assert not (tmp_path / "models" / "other" / "signature.json").exists()
    with pytest.raises(ArtefactError, match=f"is {other.version}"):
        folder.release(replace(version, content=content_of(tmp_path / "models" / "other")))
    assert not (tmp_path / "models" / "other" / "signature.json").exists()
    with pytest.raises(ArtefactError, match="no model is there"):
        folder.release(replace(version, version="nowhere"))


def test_a_report_is_a_file_of_its_version_and_no_other(folder: ModelFolder, tmp_path: Path) -> None:
    page = tmp_path / "models" / "reports" / "v1" / "gate.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html>", encoding="utf-8")
    assert folder.report("v1") == b"<html>"
    assert folder.report("v2") is None
    assert folder.report("../reports/v1") is None


def test_only_models_of_this_folder_are_pruned_and_never_the_shipped_one(folder: ModelFolder, tmp_path: Path) -> None:
    models = tmp_path / "models"
    folder.release(base(folder))
    for name in ("old", "newer"):
        trained(models / name)
    report = models / "reports" / "old" / "gate.html"
    report.parent.mkdir(parents=True)
    report.write_text("<html>", encoding="utf-8")
    folder.prune(["old", folder.base, "reports", "../shipped", "..", ".", "", "never-there"])
    assert not (models / "old").exists()
    assert (models / "newer" / "model.onnx").is_file()
    assert (models / folder.base / "model.onnx").is_file()
    assert (tmp_path / "shipped" / "model.onnx").is_file()
    assert folder.report("old") == b"<html>", "what the gate said is kept"
