"""The configuration of the embedded broker as text: filters, users, limits."""

from pathlib import Path

import pytest

from hub.broker.errors import BrokerConfigError
from hub.broker.nats_config import (
    BrokerLimits,
    BrokerUrl,
    BrokerUser,
    NatsSettings,
    device_user,
    hub_user,
    nats_config,
    subjects,
)


def settings(*users: BrokerUser, directory: Path = Path("/data/broker")) -> NatsSettings:
    return NatsSettings(
        name="usher",
        directory=directory,
        host="127.0.0.1",
        mqtt_port=18_830,
        native_port=14_222,
        probe_name="probe-1",
        probe_password="asks",
        open_password="opens",
        users=users,
    )


@pytest.mark.parametrize(
    ("topic_filter", "expected"),
    [
        ("devices/watch-1/v1/down", ("devices.watch-1.v1.down",)),
        ("devices/+/v1/up/+", ("devices.*.v1.up.*",)),
        ("devices/watch-1/#", ("devices.watch-1", "devices.watch-1.>")),
        ("devices/+/#", ("devices.*", "devices.*.>")),
    ],
)
def test_a_filter_becomes_the_subjects_that_match_the_same_topics(topic_filter: str, expected: tuple[str, ...]) -> None:
    assert subjects(topic_filter) == expected


@pytest.mark.parametrize(
    "topic_filter",
    [
        "",
        "#",
        "+/a",
        "/a",
        "a//b",
        "a/#/b",
        "a/b#",
        "a/b+",
        "$SYS/#",
        "$MQTT/msgs/#",
        "a.b",
        "a/>",
        "a/*",
        "a b",
        "a/\n",
    ],
)
def test_a_filter_that_could_reach_more_than_it_says_is_refused(topic_filter: str) -> None:
    with pytest.raises(BrokerConfigError, match="topic filter"):
        subjects(topic_filter)


def test_a_device_is_granted_its_own_topics_and_nothing_else() -> None:
    text = nats_config(settings(device_user("watch-1", "secret")))
    (line,) = [line for line in text.splitlines() if '"watch-1"' in line]
    assert line.split("permissions: ")[1] == (
        '{ publish: { allow: ["devices.watch-1", "devices.watch-1.>"] }, '
        'subscribe: { allow: ["devices.watch-1", "devices.watch-1.>", "$MQTT.sub.>"] } } }'
    )


def test_who_is_granted_nothing_may_do_nothing() -> None:
    text = nats_config(settings(BrokerUser(name="idle", password="secret")))
    (line,) = [line for line in text.splitlines() if '"idle"' in line]
    assert line.split("permissions: ")[1] == '{ publish: { deny: [">"] }, subscribe: { deny: [">"] } } }'


def test_clients_without_credentials_get_in_only_where_there_are_no_users() -> None:
    assert 'no_auth_user: "anyone"' in nats_config(settings())
    closed = nats_config(settings(hub_user("hub", "secret")))
    assert "no_auth_user" not in closed
    assert "anyone" not in closed


def test_no_user_may_use_the_native_port() -> None:
    text = nats_config(settings(device_user("watch-1", "one"), hub_user("hub", "two")))
    assert text.count("{ user:") == text.count('allowed_connection_types: ["MQTT"]') == 3


def test_quotes_in_paths_and_passwords_stay_inside_their_string() -> None:
    user = BrokerUser(name="hub", password='a" } ] } port: 1 #')
    text = nats_config(settings(user, directory=Path('/data/a "b"')))
    assert r'password: "a\" } ] } port: 1 #"' in text
    assert r'store_dir: "/data/a \"b\"/store"' in text


@pytest.mark.parametrize("name", ["", "a b", "a.b", "../x", "-a", "a" * 129, "ä", 'a"', "anyone"])
def test_a_user_name_that_could_break_out_of_topics_or_text_is_refused(name: str) -> None:
    with pytest.raises(BrokerConfigError, match="broker user name"):
        BrokerUser(name=name, password="secret")


@pytest.mark.parametrize(
    ("password", "hashed"),
    [(None, None), ("a", "$2a$11$" + "b" * 53), ("", None), ("$2a$like-a-hash", None), (None, "plain")],
)
def test_exactly_one_usable_password_is_needed(password: str | None, hashed: str | None) -> None:
    with pytest.raises(BrokerConfigError, match="broker user 'hub'"):
        BrokerUser(name="hub", password=password, password_bcrypt=hashed)


def test_passwords_are_not_shown() -> None:
    shown = repr(BrokerUser(name="hub", password="secret-1")) + repr(settings())
    assert "secret-1" not in shown
    assert "opens" not in shown


def test_limits_are_positive() -> None:
    with pytest.raises(BrokerConfigError, match="max_connections = 0"):
        BrokerLimits(max_connections=0)


def test_the_address_takes_credentials_of_any_form() -> None:
    url = BrokerUrl("127.0.0.1", 1883)
    assert str(url) == "mqtt://127.0.0.1:1883"
    assert url.signed_in("hub", "p@ss/:word") == "mqtt://hub:p%40ss%2F%3Aword@127.0.0.1:1883"
    assert str(BrokerUrl("::1", 1883)) == "mqtt://[::1]:1883"
