"""The configuration of a production mosquitto as text."""

from pathlib import Path

import pytest

from hub.broker.errors import BrokerConfigError
from hub.broker.mosquitto import MosquittoSettings, MosquittoTls, mosquitto_acl, mosquitto_config

STORE, LIST, PASSWORDS = Path("/var/lib/usher"), Path("/etc/usher/acl"), Path("/etc/usher/passwords")
DEVICES = MosquittoTls(
    authority=Path("/etc/usher/devices.crt"),
    certificate=Path("/etc/usher/server.crt"),
    key=Path("/etc/usher/server.key"),
    revoked=Path("/etc/usher/revoked.pem"),
)
HUB = MosquittoTls(
    authority=Path("/etc/usher/hub.crt"),
    certificate=Path("/etc/usher/server.crt"),
    key=Path("/etc/usher/server.key"),
)


def test_every_listener_with_certificates_demands_one_and_takes_the_name_from_it() -> None:
    settings = MosquittoSettings(store=STORE, access_list=LIST, tls=DEVICES, hub_tls=HUB, websocket_port=8885)
    devices, hub, websockets = mosquitto_config(settings).split("\n\nlistener ")[1:]
    for listener in (devices, hub, websockets):
        assert "require_certificate true" in listener
        assert "use_identity_as_username true" in listener
    assert devices.startswith("8883\ncafile /etc/usher/devices.crt\n")
    assert hub.startswith("8884\ncafile /etc/usher/hub.crt\n")
    assert "protocol websockets" in websockets
    assert "crlfile /etc/usher/revoked.pem" in devices
    assert "crlfile /etc/usher/revoked.pem" in websockets
    assert "use_username_as_clientid true" in devices
    assert "use_username_as_clientid" not in hub + websockets


def test_without_certificates_it_listens_on_this_machine_only_and_wants_passwords() -> None:
    text = mosquitto_config(MosquittoSettings(store=STORE, access_list=LIST, passwords=PASSWORDS))
    assert [line for line in text.splitlines() if line.startswith("listener")] == [
        "listener 8883 127.0.0.1",
        "listener 8884 127.0.0.1",
    ]
    assert "password_file /etc/usher/passwords" in text
    assert "allow_anonymous false" in text


def test_the_access_list_keeps_each_device_below_its_name() -> None:
    lines = mosquitto_acl(MosquittoSettings(store=STORE, access_list=LIST, passwords=PASSWORDS)).splitlines()
    assert lines[1:4] == ["user hub", "topic readwrite devices/#", "topic read $SYS/#"]
    assert lines[-1] == "pattern readwrite devices/%u/#"


def test_settings_that_would_leave_a_door_open_are_refused() -> None:
    with pytest.raises(BrokerConfigError, match="password file"):
        MosquittoSettings(store=STORE, access_list=LIST)
    with pytest.raises(BrokerConfigError, match="authority of its own"):
        MosquittoSettings(store=STORE, access_list=LIST, tls=DEVICES, hub_tls=DEVICES)
    with pytest.raises(BrokerConfigError, match="both listeners"):
        MosquittoSettings(store=STORE, access_list=LIST, tls=DEVICES)
    with pytest.raises(BrokerConfigError, match="must be different"):
        MosquittoSettings(store=STORE, access_list=LIST, passwords=PASSWORDS, device_port=8884)
    with pytest.raises(BrokerConfigError, match="hub_name"):
        MosquittoSettings(store=STORE, access_list=LIST, passwords=PASSWORDS, hub_name="hub\ntopic #")


def test_a_path_can_not_add_a_line() -> None:
    settings = MosquittoSettings(store=Path("/a\nallow_anonymous true"), access_list=LIST, passwords=PASSWORDS)
    with pytest.raises(BrokerConfigError, match="control characters"):
        mosquitto_config(settings)
