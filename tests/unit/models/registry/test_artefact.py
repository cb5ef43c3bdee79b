from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import (
    AlteredFile,
    DowngradeRefused,
    ForeignFeatures,
    ModelsError,
    RegistryError,
    SignatureRefused,
    UntrustedKey,
)
from models.registry import SigningKey, Trust, open_sealed, seal
from models.registry.manifest import MAX_SIGNATURE_BYTES, SIGNATURE_FILE
from tests.sealed_models import FEATURES, KEY, MADE, STRANGER, TRUST, files_of, publish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return publish(tmp_path / "artefact", 7).directory


def change(folder: Path, name: str, edit: Callable[[bytes], bytes]) -> None:
    (folder / name).write_bytes(edit((folder / name).read_bytes()))


def edit_manifest(folder: Path, edit: Callable[[dict[str, object]], None]) -> None:
    """Change the signed manifest and leave the signature."""

    def edited(content: bytes) -> bytes:
        envelope = json.loads(content)
        edit(envelope["manifest"])
        return json.dumps(envelope).encode()

    change(folder, SIGNATURE_FILE, edited)


@pytest.mark.req("W-13", "W-16")
def test_what_was_sealed_opens(folder: Path) -> None:
    sealed = open_sealed(folder, TRUST, floor_serial=7, feature_hash=FEATURES)
    assert (sealed.version, sealed.serial, sealed.key_id) == ("v7", 7, KEY.public.id)
    assert sealed.manifest.made_at == "2026-03-01T00:00:00+00:00"
    assert {entry.name: entry.size for entry in sealed.manifest.files} == {
        name: len(content) for name, content in files_of(7).items()
    }
    model = files_of(7)["model.onnx"]
    assert sealed.read("model.onnx", 1000, 100) == model[1000:1100]
    assert sealed.read("model.onnx", len(model) - 3, 100) == model[-3:]
    assert sealed.read("model.onnx", len(model), 100) == b""
    with pytest.raises(AlteredFile, match="no file"):
        sealed.read("../../etc/passwd", 0, 10)


def test_the_same_content_gives_the_same_signature(tmp_path: Path, folder: Path) -> None:
    assert publish(tmp_path / "again", 7).signature == (folder / SIGNATURE_FILE).read_bytes()


def test_parents_and_a_roll_back_are_signed(folder: Path) -> None:
    seal(folder, KEY, serial=9, made_at=MADE, parents=("v5", "v6"), rolls_back_to="v7")
    manifest = open_sealed(folder, TRUST, floor_serial=8).manifest
    assert (manifest.serial, manifest.parents, manifest.rolls_back_to) == (9, ("v5", "v6"), "v7")


def test_a_signature_that_was_laid_out_anew_still_counts(folder: Path) -> None:
    change(folder, SIGNATURE_FILE, lambda content: json.dumps(json.loads(content), indent=8).encode())
    assert open_sealed(folder, TRUST).version == "v7"


def test_a_catalogue_may_come_with_the_program(tmp_path: Path) -> None:
    for name, content in files_of(1).items():
        if name != "catalogue.json":
            (tmp_path / name).write_bytes(content)
    seal(tmp_path, KEY, serial=1, made_at=MADE)
    assert open_sealed(tmp_path, TRUST).serial == 1
    (tmp_path / "catalogue.json").write_bytes(b"{}")
    with pytest.raises(AlteredFile, match=r"catalogue\.json: not in the signed manifest"):
        open_sealed(tmp_path, TRUST)


@pytest.mark.parametrize("name", ["model.onnx", "card.json", "catalogue.json"])
def test_a_file_that_is_altered_missing_or_larger_is_refused(folder: Path, name: str) -> None:
    original = (folder / name).read_bytes()
    for damaged in (
        original[:-1],
        original + b" ",
        original[:5] + bytes([original[5] ^ 1]) + original[6:],
        b"",
    ):
        (folder / name).write_bytes(damaged)
        with pytest.raises(AlteredFile, match=name):
            open_sealed(folder, TRUST)
    (folder / name).unlink()
    with pytest.raises(AlteredFile, match=name):
        open_sealed(folder, TRUST)
    (folder / name).write_bytes(original)
    assert open_sealed(folder, TRUST).version == "v7"


def test_a_key_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 7, key=STRANGER)
    with pytest.raises(UntrustedKey, match=STRANGER.public.id):
        open_sealed(tmp_path, TRUST)
    with pytest.raises(UntrustedKey, match="trusted are none"):
        open_sealed(tmp_path, Trust([]))


def test_a_stranger_who_borrows_a_trusted_keys_name_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 7, key=STRANGER)

    def rename(content: bytes) -> bytes:
        return json.dumps(json.loads(content) | {"key": KEY.public.id}).encode()

    change(tmp_path, SIGNATURE_FILE, rename)
    with pytest.raises(SignatureRefused, match="altered"):
        open_sealed(tmp_path, TRUST)


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest.update(serial=8),
        lambda manifest: manifest.update(version="v8"),
        lambda manifest: manifest.update(feature_hash="0" * 64),
        lambda manifest: manifest.update(rolls_back_to="v1"),
        lambda manifest: manifest.update(surprise=1),
        lambda manifest: manifest["files"].pop(),
        lambda manifest: manifest["files"][0].update(sha256="0" * 64),
    ],
)
def test_a_manifest_that_was_altered_is_refused(folder: Path, edit: Callable[[dict[str, object]], None]) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(SignatureRefused, match="altered"):
        open_sealed(folder, TRUST)


def test_any_flipped_bit_of_the_signature_file_is_refused_or_says_the_same(folder: Path) -> None:
    original = (folder / SIGNATURE_FILE).read_bytes()
    before = open_sealed(folder, TRUST).manifest
    chance = random.Random(0)
    for _ in range(300):
        position = chance.randrange(len(original))
        flipped = bytes([original[position] ^ (1 << chance.randrange(8))])
        (folder / SIGNATURE_FILE).write_bytes(original[:position] + flipped + original[position + 1 :])
        try:
            assert open_sealed(folder, TRUST).manifest == before  # white space, unused bits of base64
        except (SignatureRefused, UntrustedKey):
            continue


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"key":"x","manifest":1,"signature":""}',
        b'{"key":"x","manifest":{},"signature":"not base64"}',
        b"[" * 5000,
        b" " * (MAX_SIGNATURE_BYTES + 1),
    ],
)
def test_what_is_no_signature_file_is_refused(folder: Path, content: bytes) -> None:
    (folder / SIGNATURE_FILE).write_bytes(content)
    with pytest.raises((SignatureRefused, UntrustedKey)):
        open_sealed(folder, TRUST)


def test_an_unsealed_directory_is_refused(folder: Path) -> None:
    (folder / SIGNATURE_FILE).unlink()
    with pytest.raises(SignatureRefused, match="not sealed"):
        open_sealed(folder, TRUST)


def test_a_signed_manifest_that_says_nonsense_is_refused(folder: Path) -> None:
    changes: tuple[dict[str, object], ...] = (
        {"format": 2},
        {"files": []},
        {"serial": 0},
        {"files": [{"name": "../x", "size": 1, "sha256": "0" * 64}]},
        {"files": [{"name": "model.onnx\n", "size": 1, "sha256": "0" * 64}]},
        {"files": [{"name": "model.onnx", "size": 1, "sha256": "0" * 64 + "\n"}]},
        {"files": [{"name": "signature.json", "size": 1, "sha256": "0" * 64}]},
        {"files": [{"name": "card.json", "size": 1, "sha256": "0" * 64}] * 2},
    )
    for change_to in changes:
        envelope = json.loads((folder / SIGNATURE_FILE).read_bytes())
        manifest = envelope["manifest"] | change_to
        canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        envelope |= {
            "manifest": manifest,
            "signature": base64.b64encode(KEY.sign(b"usher-model/1\n" + canonical)).decode(),
        }
        (folder / SIGNATURE_FILE).write_text(json.dumps(envelope))
        with pytest.raises(SignatureRefused, match=r"seal the model again|install a newer"):
            open_sealed(folder, TRUST)
        publish(folder, 7)


def test_a_downgrade_and_foreign_features_are_refused(folder: Path) -> None:
    with pytest.raises(DowngradeRefused, match="rolls_back_to"):
        open_sealed(folder, TRUST, floor_serial=8)
    with pytest.raises(ForeignFeatures, match="train the model"):
        open_sealed(folder, TRUST, feature_hash="0" * 64)


def test_a_card_that_was_exchanged_is_refused(folder: Path) -> None:
    (folder / "card.json").write_text(json.dumps({"version": "v8", "feature_hash": FEATURES}))
    seal(folder, KEY, serial=7, made_at=MADE)
    (folder / "card.json").write_text("{}")
    with pytest.raises(AlteredFile):
        open_sealed(folder, TRUST)
    with pytest.raises(AlteredFile, match="not a model card"):
        seal(folder, KEY, serial=7, made_at=MADE)


def test_what_can_not_be_sealed(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(RegistryError, match="can't be sealed"):
        seal(folder, KEY, serial=0, made_at=MADE)
    (folder / "model.onnx").unlink()
    with pytest.raises(AlteredFile, match=r"model\.onnx: missing"):
        seal(folder, KEY, serial=8, made_at=MADE)
    with pytest.raises(ModelsError):
        seal(tmp_path / "nowhere", SigningKey.generate(), serial=8, made_at=MADE)
