"""The command that tries readers (K-01)."""

from __future__ import annotations

from pathlib import Path

import pytest
import segno
from click.testing import CliRunner

from contracts.booking_code import write_booking
from kiosk.core.id_numbers import Wrong
from kiosk.readers.ports import Health, ReadKind, State, Unread
from kiosk.readers.trial import main, told
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")


def test_it_tells_what_is_read_and_not_who_it_is(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    key = tmp_path / "identity.key"
    booking = write_booking(bytes(17), IdentityKey.open(key, "bank").bookings)
    segno.make(booking).save(str(pictures / "1.png"), scale=8)
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f'device = "kiosk-1"\n[identity]\nkey = "{key}"\nbank = "bank"\n'
        f'[[readers]]\nkind = "camera"\nsource = "{pictures}"\n[[readers]]\nkind = "wedge"\n'
    )
    done = CliRunner().invoke(main, [str(config), "--count", "1", "--seconds", "60"])
    assert done.exit_code == 0, done.output
    assert "camera: read booking ••••, confirmed by its check" in done.output
    assert booking.split("-")[1] not in done.output
    assert "wedge: heard by the kiosk's window alone" in done.output


def test_readings_in_a_line() -> None:
    assert told(Unread(ReadKind.KEYED, Wrong.DATE, "cn-id")) == "not read: date cn-id"
    assert told(Health(State.ABSENT, "no reader", "plug it in")) == "absent: no reader: plug it in"


def test_a_key_file_that_is_none_is_said(tmp_path: Path) -> None:
    key = tmp_path / "identity.key"
    key.write_text("secret")
    key.chmod(0o600)
    config = tmp_path / "kiosk.toml"
    config.write_text(f'readers = []\n[identity]\nkey = "{key}"\nbank = "bank"\n')
    done = CliRunner().invoke(main, [str(config)])
    assert done.exit_code == 1
    assert "is no key of Usher's" in done.output


def test_a_key_that_the_kiosk_has_not_drawn_yet_is_not_drawn_here(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    booking = write_booking(bytes(17), IdentityKey(bytes(32), "bank").bookings)
    segno.make(booking).save(str(pictures / "1.png"), scale=8)
    key = tmp_path / "deeper" / "identity.key"
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f'[identity]\nkey = "{key}"\nbank = "bank"\n[[readers]]\nkind = "camera"\nsource = "{pictures}"\n'
    )
    done = CliRunner().invoke(main, [str(config), "--count", "1", "--seconds", "60"])
    assert done.exit_code == 0, done.output
    assert f"key = {key}: isn't there yet" in done.output
    assert "camera: not read: forged" in done.output
    assert not key.parent.exists()
