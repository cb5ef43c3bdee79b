from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from contracts.fields import DeviceKind, Name
from runtime.config import load_config, parse_config
from runtime.errors import ConfigError


class Queue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    service_class: str
    most_waiting: int = 50


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    kind: DeviceKind = DeviceKind.KIOSK
    keepalive_s: int = 60
    timezone: str | None = None
    queues: tuple[Queue, ...] = ()
    by_language: dict[str, Queue] = {}
    main: Queue | None = None


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "branch.toml"
    path.write_text('name = "gangnam"\n[[queues]]\nservice_class = "A"\n[by_language.ko]\nservice_class = "K"\n')
    branch = load_config(path, Branch)
    assert branch == Branch(
        name="gangnam", queues=(Queue(service_class="A"),), by_language={"ko": Queue(service_class="K")}
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keepalive_s = 3", ["top level", "missing", "name"]),
        ('name = "Not A Name"', ["name = 'Not A Name'", "regex"]),
        ("name = 7", ["name = 7", "expected `str`, got `int`"]),
        ('name = "a"\nkeepalive_s = "60"', ["keepalive_s = '60'", "expected `int`, got `str`"]),
        ('name = "a"\nkind = "phone"', ["kind = 'phone'", "invalid enum value 'phone'; allowed: ", "kiosk"]),
        ('name = "a"\nkeep_alive_s = 3', ["unknown key 'keep_alive_s'", "did you mean 'keepalive_s'?", "Allowed: by_"]),
        ('name = "a"\nxyzzy = 3', ["unknown key 'xyzzy'. Allowed: by_language, keepalive_s, kind, main, name"]),
        ('name = "a"\n[[queues]]\nservice_class = "A"\n[[queues]]\nmost_waiting = 3', ["queues[1]", "service_class"]),
        (
            'name = "a"\n[[queues]]\nservice_class = "A"\nmost_waiting = "many"',
            ["queues[0].most_waiting = 'many'", "expected `int`"],
        ),
        (
            'name = "a"\n[[queues]]\nservice_class = "A"\nmost_wating = 3',
            ["queues[0]: unknown key 'most_wating'", "'most_waiting'", "Allowed: most_waiting, service_class"],
        ),
        (
            'name = "a"\n[main]\nservice_class = "A"\nservice_clas = 3',
            ["main: unknown key 'service_clas'", "Allowed: most_waiting, service_class"],
        ),
        ("name = ", ["is not TOML"]),
    ],
)
def test_a_bad_file_is_told_by_key_value_and_what_is_allowed(text: str, said: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Branch, origin="branch.toml")
    assert str(caught.value).startswith("branch.toml: ")
    for each in said:
        assert each in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: can't be read: No such file"):
        load_config(tmp_path / "nowhere.toml", Branch)


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "branch.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 8"):
        load_config(path, Branch)
