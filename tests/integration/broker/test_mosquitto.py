"""What we configure a production mosquitto with, on a real one: without certificates on this machine, and with them."""

import asyncio
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from hub.broker import MosquittoSettings, MosquittoTls, mosquitto_acl, mosquitto_config
from tests.peers import Server, find_binary, free_port

SOON_S = 20.0
NAMES = {"hub": "hub-secret", "victim": "v-secret", "hostile": "h-secret"}


def program(name: str) -> str:
    binary = find_binary(name, "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
    if binary is None and os.environ.get("CI"):
        pytest.fail(f"{name} is not installed; run scripts/bootstrap", pytrace=False)
    if binary is None:
        pytest.skip(f"{name} is not installed; scripts/bootstrap installs it")
    assert binary is not None
    return str(binary)


def served(folder: Path, settings: MosquittoSettings) -> Server:
    """A mosquitto with exactly our text; as root it must not change to a user that can't read the test's folder."""
    settings = replace(settings, run_as="root" if os.geteuid() == 0 else None)
    settings.access_list.write_text(mosquitto_acl(settings), "utf-8")
    settings.access_list.chmod(0o600)
    (folder / "mosquitto.conf").write_text(mosquitto_config(settings), "utf-8")
    command = [program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    # The listener that it opens last.
    return Server("mosquitto", command, settings.hub_port, folder / "mosquitto.log")


@pytest.fixture
def passwords_broker(tmp_path: Path) -> Iterator[MosquittoSettings]:
    passwords = tmp_path / "passwords"
    for number, (name, password) in enumerate(NAMES.items()):
        fresh = ["-c"] if number == 0 else []
        subprocess.run(
            [program("mosquitto_passwd"), *fresh, "-b", str(passwords), name, password], check=True, capture_output=True
        )
    settings = MosquittoSettings(
        store=tmp_path,
        access_list=tmp_path / "acl",
        passwords=passwords,
        device_port=free_port(),
        hub_port=free_port(),
    )
    server = served(tmp_path, settings)
    server.start()
    yield settings
    server.stop()


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run([program("openssl"), *arguments], check=True, capture_output=True, cwd=folder)


def authority(folder: Path, name: str) -> None:
    openssl(
        folder,
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
        *("-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}"),
    )


def certificate(folder: Path, name: str, signer: str, *, common_name: str | None = None) -> None:
    (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n", "ascii")
    openssl(
        folder,
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={common_name or name}"),
    )
    openssl(
        folder,
        *("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", f"{signer}.crt", "-CAkey", f"{signer}.key"),
        *("-CAcreateserial", "-out", f"{name}.crt", "-extfile", f"{name}.ext"),
    )


@pytest.fixture
def certificates_broker(tmp_path: Path) -> Iterator[MosquittoSettings]:
    for name in ("devices", "hubs"):
        authority(tmp_path, name)
    certificate(tmp_path, "server", "devices", common_name="broker")
    for name in ("victim", "hostile"):
        certificate(tmp_path, name, "devices")
    certificate(tmp_path, "impostor", "devices", common_name="hub")
    certificate(tmp_path, "hub", "hubs")
    tls = MosquittoTls(
        authority=tmp_path / "devices.crt", certificate=tmp_path / "server.crt", key=tmp_path / "server.key"
    )
    settings = MosquittoSettings(
        store=tmp_path,
        access_list=tmp_path / "acl",
        device_port=free_port(),
        hub_port=free_port(),
        tls=tls,
        hub_tls=replace(tls, authority=tmp_path / "hubs.crt"),
    )
    server = served(tmp_path, settings)
    server.start()
    yield settings
    server.stop()


def with_password(port: int, name: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", port, username=name, password=NAMES[name], identifier=name, timeout=SOON_S)


def client_context(folder: Path, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "devices.crt"))
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    return context


def with_certificate(port: int, folder: Path, name: str, *, identifier: str | None = None) -> aiomqtt.Client:
    context = client_context(folder, name)
    return aiomqtt.Client("127.0.0.1", port, identifier=identifier or name, tls_context=context, timeout=SOON_S)


def greet(port: int, folder: Path, name: str) -> None:
    """Come with this certificate and wait for an answer, as an MQTT client does, but be told what TLS says.

    In TLS 1.3 the client learns of a refusal only after its handshake.
    """
    plain = socket.create_connection(("127.0.0.1", port), SOON_S)
    with client_context(folder, name).wrap_socket(plain, server_hostname="127.0.0.1") as secure:
        secure.recv(1)


async def until(session: aiomqtt.Client, last: str) -> list[str]:
    """The topics that arrive up to and with `last`."""
    topics: list[str] = []
    async with asyncio.timeout(SOON_S):
        async for message in session.messages:
            topics.append(message.topic.value)
            if topics[-1] == last:
                break
    return topics


async def keeps_devices_apart(hub: aiomqtt.Client, victim: aiomqtt.Client, attacker: aiomqtt.Client) -> None:
    await hub.subscribe("devices/#", qos=1)
    await victim.subscribe("devices/victim/#", qos=1)
    for topic_filter in ("devices/victim/#", "devices/#", "#", "$SYS/#", "devices/hostile/#"):
        await attacker.subscribe(topic_filter, qos=1)
    await attacker.publish("devices/victim/v1/down", b"do it", qos=1)
    await attacker.publish("devices/victim/v1/state", b"gone", qos=1, retain=True)
    await attacker.publish("devices/hostile/v1/up/report", b"mine", qos=1)
    await victim.publish("devices/victim/v1/up/report", b"mine", qos=1)
    await hub.publish("devices/victim/v1/down", b"from the hub", qos=1)
    await hub.publish("devices/hostile/v1/down", b"from the hub", qos=1)
    own = ["devices/hostile/v1/up/report", "devices/hostile/v1/down"]
    assert await until(attacker, own[-1]) == own
    assert await until(victim, "devices/victim/v1/down") == ["devices/victim/v1/up/report", "devices/victim/v1/down"]
    assert await until(hub, own[-1]) == [own[0], "devices/victim/v1/up/report", "devices/victim/v1/down", own[-1]]


async def test_it_takes_our_text_and_keeps_devices_apart_by_password(passwords_broker: MosquittoSettings) -> None:
    port = passwords_broker.device_port
    async with (
        with_password(passwords_broker.hub_port, "hub") as hub,
        with_password(port, "victim") as victim,
        with_password(port, "hostile") as attacker,
    ):
        await keeps_devices_apart(hub, victim, attacker)


async def test_without_a_password_nobody_gets_in(passwords_broker: MosquittoSettings) -> None:
    for port in (passwords_broker.device_port, passwords_broker.hub_port):
        with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
            async with aiomqtt.Client("127.0.0.1", port, timeout=SOON_S):
                pass


async def test_it_keeps_devices_apart_by_certificate(certificates_broker: MosquittoSettings, tmp_path: Path) -> None:
    port = certificates_broker.device_port
    async with (
        with_certificate(certificates_broker.hub_port, tmp_path, "hub") as hub,
        with_certificate(port, tmp_path, "victim") as victim,
        # Asks for the victim's client id, which would throw the victim out.
        with_certificate(port, tmp_path, "hostile", identifier="victim") as attacker,
    ):
        await keeps_devices_apart(hub, victim, attacker)


async def test_a_device_certificate_does_not_open_the_hubs_door_even_with_the_hubs_name(
    certificates_broker: MosquittoSettings, tmp_path: Path
) -> None:
    async with with_certificate(certificates_broker.hub_port, tmp_path, "hub"):
        pass
    with pytest.raises(ssl.SSLError, match=r"(?i)unknown.ca"):
        await asyncio.to_thread(greet, certificates_broker.hub_port, tmp_path, "impostor")
