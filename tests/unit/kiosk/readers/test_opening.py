"""Readers from TOML, and errors that say what to do (K-01)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kiosk.core.id_numbers import BANK_CARD, Generic, National
from kiosk.readers.camera import CameraReader, PictureFolder, VideoCamera
from kiosk.readers.opening import open_identifier, open_reader
from kiosk.readers.pcsc import PcscReader
from kiosk.readers.settings import IdentitySettings, OtherNumber, ReaderSettings
from kiosk.readers.simulated import SimulatedReader
from kiosk.readers.wedge import WedgeReader
from runtime.clock import SystemClock
from runtime.config import parse_config
from runtime.errors import ConfigError

pytestmark = pytest.mark.req("K-01")


class Kiosk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    identity: IdentitySettings
    readers: tuple[ReaderSettings, ...] = ()


def read(text: str, folder: Path) -> Kiosk:
    return parse_config(f'[identity]\nkey = "{folder / "identity.key"}"\nbank = "bank"\n' + text, Kiosk, origin="kiosk")


def test_every_reader_can_be_written_in_toml(tmp_path: Path) -> None:
    text = """
    accepts = ["kr-rrn", "card"]
    region = "CN"
    [[identity.others]]
    name = "passport"
    shortest = 8
    longest = 9
    letters = true
    [[readers]]
    kind = "pcsc"
    reader = "ACR122U"
    commands = ["00A4040007A0000000041010", "00B0000008"]
    holds = "number"
    [[readers]]
    kind = "wedge"
    suffix = "\\t"
    [[readers]]
    kind = "camera"
    source = "/dev/video9"
    [[readers]]
    kind = "simulated"
    """
    found = read(text, tmp_path)
    identifier = open_identifier(found.identity, SystemClock())
    assert identifier.rule("kr-rrn") is National.KR_RRN
    assert identifier.rule("card") is BANK_CARD
    assert identifier.rule("passport") == Generic("passport", 8, 9, letters=True)
    assert identifier.rule("cn-id") is None
    readers = [open_reader(reader, identifier, SystemClock()) for reader in found.readers]
    assert [type(reader) for reader in readers] == [PcscReader, WedgeReader, CameraReader, SimulatedReader]
    assert (tmp_path / "identity.key").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[readers]]\nkind = "serial"\n', "serial"),
        ('[[readers]]\nkind = "wedge"\nsuffix = "ab"\n', "readers[0].suffix"),
        ('[[readers]]\nkind = "pcsc"\ncommands = ["FF"]\n', "readers[0].commands[0]"),
        ('[[readers]]\nkind = "pcsc"\ncommands = []\n', "readers[0].commands"),
        ('[[readers]]\nkind = "wedge"\ngap_ms = 5\n', "gap_ms"),
        ('accepts = ["us-ssn"]\n', "us-ssn"),
        ('region = "Korea"\n', "region"),
    ],
)
def test_errors_name_the_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(text, tmp_path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (OtherNumber(name="passport", shortest=9, longest=8), "others.passport: longest = 8"),
        (OtherNumber(name="passport", shortest=8, longest=9, luhn=True, letters=True), "luhn or letters"),
    ],
)
def test_numbers_that_can_not_be(tmp_path: Path, other: OtherNumber, said: str) -> None:
    settings = IdentitySettings(key=str(tmp_path / "key"), bank="bank", others=(other,))
    with pytest.raises(ConfigError, match=said):
        open_identifier(settings, SystemClock())


def test_a_folder_is_a_camera_of_pictures(tmp_path: Path) -> None:
    from kiosk.readers.camera import camera_at

    assert isinstance(camera_at(str(tmp_path)), PictureFolder)
    assert isinstance(camera_at("/dev/video9"), VideoCamera)
