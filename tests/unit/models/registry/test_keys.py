from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from models.errors import KeyFileError, SignatureRefused, UntrustedKey
from models.registry.keys import SHIPPED, PublicKey, SigningKey, Trust


def test_a_key_comes_back_from_its_files(tmp_path: Path) -> None:
    key = SigningKey.generate()
    key.save(tmp_path / "deep" / "key.pem")
    key.save_public(tmp_path / "key.pub")
    again, public = SigningKey.load(tmp_path / "deep" / "key.pem"), PublicKey.load(tmp_path / "key.pub")
    assert again.public.id == public.id == key.public.id
    assert len(public.id) == 16
    public.verify(again.sign(b"content"), b"content")


def test_a_private_key_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    SigningKey.generate().save(path)
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["key.pem"]
    with pytest.raises(KeyFileError, match="never overwritten"):
        SigningKey.generate().save(path)
    assert path.read_bytes() == before


def test_what_a_death_left_of_saving_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".key.pem.new").write_bytes(b"half a k")
    SigningKey.generate().save(tmp_path / "key.pem")
    assert SigningKey.load(tmp_path / "key.pem").public.id


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    SigningKey.generate().save(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        SigningKey.load(path)


def test_files_that_are_no_ed25519_keys_are_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    (tmp_path / "other.pub").write_bytes(
        other.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "other.pem").write_bytes(
        other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "other.pem").chmod(0o600)
    (tmp_path / "none").write_bytes(b"no key at all")
    (tmp_path / "none").chmod(0o600)
    for load in (PublicKey.load, SigningKey.load):
        for name in ("none", "missing", "other.pub" if load == PublicKey.load else "other.pem"):
            with pytest.raises(KeyFileError, match=name):
                load(tmp_path / name)


def test_only_trusted_keys_count() -> None:
    key, stranger = SigningKey.generate(), SigningKey.generate()
    trust = Trust([key.public])
    trust.verify(key.public.id, key.sign(b"yes"), b"yes")
    with pytest.raises(UntrustedKey, match=key.public.id):
        trust.verify(stranger.public.id, stranger.sign(b"yes"), b"yes")
    with pytest.raises(SignatureRefused):
        trust.verify(key.public.id, stranger.sign(b"yes"), b"yes")
    with pytest.raises(SignatureRefused):
        trust.verify(key.public.id, key.sign(b"yes"), b"no")


def test_trust_is_ushers_keys_and_those_given(tmp_path: Path) -> None:
    key = SigningKey.generate()
    key.save_public(tmp_path / "bank.pub")
    shipped = {PublicKey.load(path).id for path in SHIPPED.glob("*.pub")}
    assert set(Trust.load([tmp_path / "bank.pub"]).ids) == {key.public.id, *shipped}
    assert Trust.load([tmp_path / "bank.pub"], shipped=False).ids == (key.public.id,)


def test_no_private_key_lies_in_the_repository() -> None:
    root = Path(__file__).resolve().parents[4]
    for folder in ("models", "tests", "hub", "docs"):
        for path in (root / folder).rglob("*.p*"):
            if path.suffix in (".pem", ".pub", ".p8"):
                assert b"PRIVATE" not in path.read_bytes(), path
