"""The command ``python -m hub``: it starts, says where it is, stops on a signal, and names what it can't start with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import msgspec
import pytest

from hub.config import HubConfig
from hub.customers import StoredCustomer
from hub.errors import HubError
from hub.process import read_files, take_in
from runtime.config import load_config
from runtime.errors import ConfigError
from tests.peers import Mosquitto, free_port
from tests.unit.hub.rig import ANN, Rig

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 60


def command(tmp_path: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "hub", "--data", str(tmp_path / "hub"), "--http-port", "0", *more]


@contextmanager
def running(arguments: list[str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """The hub from its ready line on."""
    with log.open("wb") as errors:
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text(encoding="utf-8")[-3000:]
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=WAIT_S)


def fails(arguments: list[str]) -> str:
    """What it says on stderr when it can't start: one line, no traceback, exit code 1."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=ROOT, timeout=WAIT_S)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_starts_on_a_given_broker_answers_and_stops_on_a_signal(tmp_path: Path, mosquitto_broker: Mosquitto) -> None:
    (tmp_path / "fleet.toml").write_text('branches = [{ name = "main", title = "Main" }]\n', encoding="utf-8")
    lines = [msgspec.json.encode(StoredCustomer(ANN, None)).decode(), ""]
    (tmp_path / "customers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    arguments = command(
        tmp_path,
        *("--broker", mosquitto_broker.url, "--model", "simbank"),
        *("--provision", str(tmp_path / "fleet.toml"), "--customers", str(tmp_path / "customers.jsonl")),
    )
    log = tmp_path / "hub.log"
    with running(arguments, log) as (process, ready):
        assert (ready["event"], ready["broker"]) == ("ready", mosquitto_broker.url)
        assert ready["model"].startswith("simbank")
        with urllib.request.urlopen(f"{ready['http']}/health", timeout=WAIT_S) as answer:
            assert json.load(answer)["epoch"] == ready["epoch"]
        asked = urllib.request.Request(f"{ready['http']}/v1/branches")
        asked.add_header("Authorization", f"Bearer {ready['token']}")
        with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:
            assert [branch["name"] for branch in json.load(answer)] == ["main"]
        for page in ("/openapi.json", "/metrics"):
            asked = urllib.request.Request(f"{ready['http']}{page}")
            asked.add_header("Authorization", f"Bearer {ready['token']}")
            with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:
                assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0
    text = log.read_text(encoding="utf-8")
    assert "customers_taken_in" in text
    assert "stopped_by_signal" in text
    assert "Traceback" not in text
    assert ready["token"] not in text
    assert ANN.ref not in text
    assert "Leibowitz" not in text


def test_a_broker_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "hub.toml").write_text(f'[broker]\nurl = "mqtt://hub:secret@127.0.0.1:{port}"\n', encoding="utf-8")
    log, pause = tmp_path / "hub.log", Event()
    arguments = command(tmp_path, "--config", str(tmp_path / "hub.toml"), "--model", "simbank")
    with (
        log.open("wb") as errors,
        subprocess.Popen(arguments, stderr=errors, stdout=subprocess.DEVNULL, cwd=ROOT) as hub,
    ):
        try:
            for _ in range(WAIT_S * 10):
                if "broker_does_not_answer" in log.read_text(encoding="utf-8"):
                    break
                assert hub.poll() is None
                pause.wait(0.1)
        finally:
            hub.terminate()
    said = log.read_text(encoding="utf-8")
    assert f"host=127.0.0.1 port={port}" in said
    assert "secret" not in said


def test_nothing_is_made_before_the_files_are_read(tmp_path: Path) -> None:
    assert "none.toml" in fails(command(tmp_path, "--provision", str(tmp_path / "none.toml")))
    assert not list((tmp_path / "hub").iterdir())


def test_two_hubs_do_not_share_a_data_folder(tmp_path: Path) -> None:
    with running(command(tmp_path, "--broker-port", "0", "--model", "simbank"), tmp_path / "log"):
        said = fails(command(tmp_path, "--broker-port", "0", "--model", "simbank"))
    assert str(tmp_path / "hub") in said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[http]\nport = 99999\n", ("http.port", "99999", "65535")),
        ("[http]\nprot = 1\n", ("http", "'prot'", "'port'")),
        ('log_level = "loud"\n', ("log_level", "'loud'")),
        ("[scores]\nvery_accurate = 2.0\n", ("scores.very_accurate", "2.0", "1.0")),
        ("[engine]\nbatch_most = 0\n", ("engine.batch_most", "0", ">= 1")),
        ("[broker]\nkeepalive_s = 1\n", ("broker.keepalive_s", "1", ">= 5")),
        ("data = 5\n", ("data", "5", "str")),
        ("colour = 'red'\n", ("'colour'", "Allowed", "customers")),
        ("data = \n", ("is not TOML", "line 1")),
    ],
)
def test_a_bad_configuration_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, named: tuple[str, ...]
) -> None:
    config = tmp_path / "bad.toml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_config(config, HubConfig)
    said = str(refused.value)
    assert str(config) in said
    for part in named:
        assert part in said, said


def test_a_bad_configuration_ends_the_command(tmp_path: Path) -> None:
    config = tmp_path / "bad.toml"
    config.write_text("[http]\nport = 99999\n", encoding="utf-8")
    assert f"{config}: http.port = 99999" in fails([sys.executable, "-m", "hub", "--config", str(config)])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--config", "/no/such/file.toml"], ("/no/such/file.toml", "can't be read")),
        (["--model", "oracle"], ("oracle", "simbank", "coil2000")),
        (["--broker", "http://127.0.0.1:1"], ("http://127.0.0.1:1", "mqtt://")),
        (["--database", "mysql://x/y"], ("mysql://x/y",)),
        (["--database", "nonsense"], ("nonsense", "sqlite:///FILE")),
        (["--data", "/proc/nowhere/hub"], ("data = '/proc/nowhere/hub'",)),
        (["--provision", "/no/such/fleet.toml"], ("/no/such/fleet.toml", "can't be read")),
    ],
)
def test_what_it_cannot_start_with_is_named(tmp_path: Path, arguments: list[str], named: tuple[str, ...]) -> None:
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    said = fails(command(tmp_path, "--broker", nowhere, "--model", "simbank", *arguments))
    for part in named:
        assert part in said, said


@pytest.mark.parametrize(
    ("option", "text", "named"),
    [
        ("--provision", '[[devices]]\nname = "w"\nkind = "watch"\nadvisor = "eve"\n', ("device w: advisor = 'eve'",)),
        ("--provision", '[[devices]]\nname = "w"\nkind = "toaster"\n', ("devices[0].kind", "toaster")),
        ("--provision", '[[branches]]\nname = "m"\ntitle = "M"\ntimezone = "UTC"\n', ("'timezone'", "'time_zone'")),
        ("--provision", '[[branches]]\nname = "m"\ntitle = "M"\ntime_zone = "Mars"\n', ("branch m: time_zone",)),
        ("--customers", '{"record":{"ref":"c-secret"}}\n', ("line 1", "display_name")),
        ("--customers", "\nnot json\n", ("line 2",)),
        (
            "--customers",
            msgspec.json.encode(StoredCustomer(msgspec.structs.replace(ANN, ref="x" * 65), None)).decode(),
            ("customer number 1", "ref"),
        ),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_named_with_the_place(
    tmp_path: Path, option: str, text: str, named: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    config = msgspec.structs.replace(HubConfig(), **{option.removeprefix("--"): (str(file),)})
    rig = Rig("sqlite://")
    try:
        with pytest.raises((ConfigError, HubError)) as refused:
            take_in(rig.hub, read_files(config))
    finally:
        rig.close()
    said = str(refused.value)
    assert str(file) in said
    for part in named:
        assert part in said, said
    assert "c-secret" not in said


def test_a_file_that_cannot_be_taken_in_ends_the_command(tmp_path: Path) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text('[[devices]]\nname = "w"\nkind = "toaster"\n', encoding="utf-8")
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    said = fails(command(tmp_path, "--broker", nowhere, "--model", "simbank", "--provision", str(file)))
    assert f"{file}: devices[0].kind" in said


def test_a_port_that_is_taken_is_named(tmp_path: Path, mosquitto_broker: Mosquitto) -> None:
    taken = str(mosquitto_broker.port)
    arguments = [*command(tmp_path, "--broker", mosquitto_broker.url, "--model", "simbank"), "--http-port", taken]
    assert f"127.0.0.1:{taken}" in fails(arguments)
