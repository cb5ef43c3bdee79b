"""The bank's key and the references made with it (K-01)."""

from __future__ import annotations

import base64
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from contracts.fields import CustomerRef
from runtime.errors import ConfigError
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

NUMBER = b"11010519491231002X"


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "kiosk" / "identity.key"
    first = IdentityKey.open(path, "bank")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [at.name for at in path.parent.iterdir()] == [path.name]
    again = IdentityKey.open(path, "bank")
    assert first.reference("cn-id", NUMBER) == again.reference("cn-id", NUMBER)
    assert first.bookings == again.bookings


def test_two_starts_at_once_get_one_key(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: IdentityKey.open(path, "bank").bookings, range(16)))
    assert len(set(keys)) == 1


def test_a_reference_is_of_number_means_bank_and_key(tmp_path: Path) -> None:
    mine, theirs = IdentityKey(bytes(32), "bank"), IdentityKey(bytes(32), "other-bank")
    newer = IdentityKey(b"\1" * 32, "bank")
    references = [
        mine.reference("cn-id", NUMBER),
        mine.reference("cn-id", NUMBER[:-1]),
        mine.reference("card", NUMBER),
        theirs.reference("cn-id", NUMBER),
        newer.reference("cn-id", NUMBER),
    ]
    assert len(set(references)) == len(references)
    for reference in references:
        assert re.fullmatch(r"i1\.[a-z2-7]{5}\.[A-Za-z0-9_-]{43}", reference)
        assert msgspec.convert(reference, CustomerRef) == reference
    assert references[0].split(".")[1] != references[4].split(".")[1]


def test_a_reference_stays_the_same_in_later_versions() -> None:
    """Hubs keep references for years: this one must never change."""
    found = IdentityKey(bytes(32), "bank").reference("cn-id", NUMBER)
    assert found == "i1.xgzja.CaO4cFsyUsblU8Kek_ckPh8xvddvjx2oTg5sUQgpnjc"


def test_the_key_is_in_no_repr(tmp_path: Path) -> None:
    key = IdentityKey.open(tmp_path / "identity.key", "bank")
    _, _, encoded = (tmp_path / "identity.key").read_text().strip().partition(" ")
    assert encoded not in repr(key)
    assert repr(base64.b64decode(encoded)) not in repr(key)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    IdentityKey.open(path, "bank")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"others may read it \(mode 640\)"):
        IdentityKey.open(path, "bank")


@pytest.mark.parametrize(
    "content", [b"", b"secret", b"usher-identity-1 AAAA\n", b"usher-identity-1 ???\n", b"\xff\xfe"]
)
def test_what_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "identity.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="is no key of Usher's"):
        IdentityKey.open(path, "bank")
    assert path.read_bytes() == content


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file/identity\.key"):
        IdentityKey.open(tmp_path / "file" / "identity.key", "bank")
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        IdentityKey(b"short", "bank")
